import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { toDay } from '@plumbline/core/day';
import type { OutboxEntry } from '@plumbline/core/night';
import { silentLog } from '@plumbline/core/ports';
import { toInstant } from '@plumbline/core/zone';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { sourceFailed } from './events.ts';
import { startLoopback } from './loopback.ts';
import { publish } from './publisher.ts';

const now = toInstant('2026-02-14T01:00:07Z');
const night = { id: 'night_bakhmach_2026-02-13', workspace: 'bakhmach', day: toDay('2026-02-13'), demo: false };

const entriesOf = (count: number, pad = 0): OutboxEntry[] =>
  Array.from({ length: count }, (_, index) => {
    const entry = sourceFailed(night, `source-${index}`, 'down', now);
    return { ...entry, detail: { ...entry.detail, data: { ...entry.detail.data, pad: 'x'.repeat(pad) } } };
  });

const requestSchema = z.object({
  Entries: z.array(
    z.object({
      EventBusName: z.string(),
      Source: z.string(),
      DetailType: z.string(),
      Detail: z.string(),
      Time: z.number(),
    }),
  ),
});
const idIn = (detail: string) =>
  z.object({ metadata: z.object({ id: z.string() }) }).parse(JSON.parse(detail)).metadata.id;

/** EventBridge as far as PutEvents goes; `refuse` says which ids it turns down at which call. */
async function startBus(refuse: (id: string, call: number) => boolean = () => false) {
  const server = await startLoopback(({ body }, call) => {
    const results = requestSchema.parse(body).Entries.map(({ Detail }) => {
      const id = idIn(Detail);
      return refuse(id, call)
        ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' }
        : { EventId: `bus-${id}` };
    });
    const FailedEntryCount = results.filter((result) => 'ErrorCode' in result).length;
    return { headers: { 'content-type': 'application/x-amz-json-1.1' }, body: { FailedEntryCount, Entries: results } };
  });
  const calls = () =>
    server.received.map(({ body }) => requestSchema.parse(body).Entries.map(({ Detail }) => idIn(Detail)));
  return Object.assign(server, { calls });
}

const portsOf = (url: string) => ({
  client: new EventBridgeClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  }),
  bus: 'plumbline',
  log: silentLog,
});

const ids = (entries: readonly OutboxEntry[]) => entries.map(({ id }) => id);

test('entries go out in order, ten to a call, as the contract names them', async () => {
  await using bus = await startBus();
  const entries = entriesOf(23);
  const result = await publish(entries, portsOf(bus.url));
  expect(result).toEqual({ published: entries, failed: [] });
  expect(bus.calls()).toEqual([ids(entries.slice(0, 10)), ids(entries.slice(10, 20)), ids(entries.slice(20))]);
  const [first] = bus.received;
  expect(first?.headers['x-amz-target']).toBe('AWSEvents.PutEvents');
  expect(requestSchema.parse(first?.body).Entries[0]).toEqual({
    EventBusName: 'plumbline',
    Source: 'plumbline',
    DetailType: 'Source Failed',
    Detail: JSON.stringify(entries[0]?.detail),
    Time: now / 1000,
  });
});

test('a call stays within 256 KB, with fewer entries where they are large', async () => {
  await using bus = await startBus();
  const entries = entriesOf(5, 100 * 1024);
  expect((await publish(entries, portsOf(bus.url))).published).toEqual(entries);
  expect(bus.calls().map((call) => call.length)).toEqual([2, 2, 1]);
});

test('of a partly refused call only the refused are sent again', async () => {
  const entries = entriesOf(4);
  const [, second, , fourth] = ids(entries);
  await using bus = await startBus((id, call) => call === 1 && (id === second || id === fourth));
  const { published, failed } = await publish(entries, portsOf(bus.url));
  expect(bus.calls()).toEqual([ids(entries), [second, fourth]]);
  expect(ids(published).toSorted()).toEqual(ids(entries).toSorted());
  expect(failed).toEqual([]);
});

test('what is refused again and again is reported with its reason, and the rest is out', async () => {
  const entries = entriesOf(12);
  const [first, ...others] = entries;
  await using bus = await startBus((id) => id === first?.id);
  const { published, failed } = await publish(entries, portsOf(bus.url));
  expect(bus.calls().map((call) => call.length)).toEqual([10, 1, 1, 2]);
  expect(ids(published)).toEqual(ids(others));
  expect(failed).toEqual([{ entry: first, error: 'ThrottlingException: Rate exceeded' }]);
});

test('a bus that does not answer fails its entries without an exception', async () => {
  await using bus = await startLoopback(() => 'hang up');
  const entries = entriesOf(11);
  const { published, failed } = await publish(entries, portsOf(bus.url));
  expect(published).toEqual([]);
  expect(failed.map(({ entry }) => entry.id)).toEqual(ids(entries));
  expect(failed[0]?.error).toMatch(/socket hang up|ECONNRESET/);
});

test('nothing to publish makes no call', async () => {
  await using bus = await startBus();
  expect(await publish([], portsOf(bus.url))).toEqual({ published: [], failed: [] });
  expect(bus.received).toEqual([]);
});
