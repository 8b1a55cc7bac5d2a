import { appendFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { expect, onTestFinished, test } from 'vitest';
import type { BusRule, BusTarget } from './bus.ts';
import { startBus } from './bus.ts';
import { simulatedClock } from './clock.ts';
import type { BusEvent } from './event-log.ts';

const rules: BusRule[] = [
  { name: 'judge', pattern: { source: ['plumbline'], 'detail-type': ['Snapshots Recorded'] }, target: 'judge' },
  { name: 'notify', pattern: { source: ['plumbline'], 'detail-type': ['Night Completed'] }, target: 'notify' },
];

const newFolder = () => mkdtempSync(join(tmpdir(), 'plumbline-bus-'));

async function start(folder: string, given: readonly BusRule[] = rules) {
  const clock = simulatedClock(Date.parse('2026-02-13T01:00:07.250Z'));
  const files = {
    file: join(folder, 'events.jsonl'),
    cursorFile: join(folder, 'bus', 'cursor'),
    deadLetterFile: join(folder, 'bus', 'dead.jsonl'),
    services: { file: join(folder, 'services.jsonl'), cursorFile: join(folder, 'bus', 'services') },
  };
  const bus = await startBus({ ...files, rules: given, clock });
  const client = new EventBridgeClient({
    endpoint: bus.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await bus.close();
  });
  const put = (...entries: { type: string; number: number }[]) =>
    client.send(
      new PutEventsCommand({
        Entries: entries.map(({ type, number }) => ({
          Source: 'plumbline',
          DetailType: type,
          Detail: JSON.stringify({ number }),
          EventBusName: 'plumbline',
        })),
      }),
    );
  return { bus, client, clock, put, ...files };
}

const lines = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line));

/** A target that takes everything and remembers the numbers of each batch. */
function collector() {
  const batches: unknown[][] = [];
  const target: BusTarget = async (events) => {
    batches.push(events.map((event) => event.detail['number']));
    return { failed: [] };
  };
  return { batches, target };
}

test('an accepted event is in the file, in the shape that EventBridge delivers, before it is answered for', async () => {
  const { client, file } = await start(newFolder());
  const answer = await client.send(
    new PutEventsCommand({
      Entries: [
        {
          Source: 'plumbline',
          DetailType: 'Indicator Missed',
          Detail: '{"data":{"value":36,"says":"NPS >40 – Київ"}}',
          Time: new Date('2026-02-13T01:00:05.900Z'),
          Resources: ['arn:aws:one'],
        },
        { Source: 'plumbline', DetailType: 'Night Completed', Detail: '{}' },
      ],
    }),
  );
  const [first, second] = answer.Entries ?? [];
  const common = { version: '0', source: 'plumbline', account: '000000000000', region: 'us-east-1' };
  expect(answer.FailedEntryCount).toBe(0);
  expect(lines(file)).toEqual([
    {
      ...common,
      id: first?.EventId,
      'detail-type': 'Indicator Missed',
      time: '2026-02-13T01:00:05Z',
      resources: ['arn:aws:one'],
      detail: { data: { value: 36, says: 'NPS >40 – Київ' } },
    },
    {
      ...common,
      id: second?.EventId,
      'detail-type': 'Night Completed',
      time: '2026-02-13T01:00:07Z',
      resources: [],
      detail: {},
    },
  ]);
});

test('bad entries fail one by one, the good ones are taken', async () => {
  const { client, bus } = await start(newFolder());
  const answer = await client.send(
    new PutEventsCommand({
      Entries: [
        { Source: 'plumbline', DetailType: 'X', Detail: '{"a":' },
        { Source: 'plumbline', DetailType: 'X', Detail: '[1]' },
        { DetailType: 'X', Detail: '{}' },
        { Source: 'plumbline', Detail: '{}' },
        { Source: 'plumbline', DetailType: 'X', Detail: '{}' },
      ],
    }),
  );
  expect(answer.FailedEntryCount).toBe(4);
  expect(answer.Entries).toEqual([
    { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
    { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
    {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: 'Parameter Source is not valid. Reason: Source is a required argument.',
    },
    {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: 'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
    },
    { EventId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  ]);
  expect(bus.pending()).toBe(1);
});

test('a call with eleven entries, with none that is complete, or of a megabyte is refused as a whole', async () => {
  const { client, put, bus } = await start(newFolder());
  const many = Array.from({ length: 11 }, (_, number) => ({ type: 'X', number }));
  await expect(put(...many)).rejects.toThrow('Entries must have 1 to 10 members, there are 11.');
  await expect(client.send(new PutEventsCommand({ Entries: [{ Source: 'plumbline' }] }))).rejects.toThrow(
    'No entry has all of Source, DetailType and Detail.',
  );
  const sized = (bytes: number) => {
    const detail = (length: number) => `{"x":"${'y'.repeat(length)}"}`;
    return client.send(
      new PutEventsCommand({
        Entries: [{ Source: 's', DetailType: 't', Detail: detail(bytes - 2 - detail(0).length) }],
      }),
    );
  };
  await expect(sized(1_048_576)).rejects.toThrow('Total size of the entries in the request is over the limit.');
  expect(bus.pending()).toBe(0);
  expect((await sized(1_048_575)).FailedEntryCount).toBe(0);
});

test('events reach the targets of their rules in order, in batches of ten', async () => {
  const { bus, put } = await start(newFolder());
  for (let start = 0; start < 12; start += 6) {
    await put(...Array.from({ length: 6 }, (_, index) => ({ type: 'Snapshots Recorded', number: start + index })));
  }
  await put({ type: 'Night Completed', number: 12 }, { type: 'Nobody Listens', number: 13 });
  const judge = collector();
  const notify = collector();
  expect(bus.pending()).toBe(14);
  expect(await bus.deliver({ judge: judge.target, notify: notify.target })).toBe(14);
  expect(judge.batches).toEqual([
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [10, 11],
  ]);
  expect(notify.batches).toEqual([[12]]);
  expect(bus.pending()).toBe(0);
});

test('what a target publishes is delivered in the same run, and runs that overlap are one', async () => {
  const { bus, put } = await start(newFolder());
  await put({ type: 'Snapshots Recorded', number: 1 });
  const notify = collector();
  const targets = {
    judge: async () => {
      await put({ type: 'Night Completed', number: 2 });
      return { failed: [] };
    },
    notify: notify.target,
  };
  expect(await Promise.all([bus.deliver(targets), bus.deliver(targets)])).toEqual([2, 2]);
  expect(notify.batches).toEqual([[2]]);
});

test('a failing event is tried three times with growing waits, alone, then becomes a dead letter', async () => {
  const { bus, put, clock, deadLetterFile } = await start(newFolder());
  await put({ type: 'Snapshots Recorded', number: 1 }, { type: 'Snapshots Recorded', number: 2 });
  const tries: [number, unknown[]][] = [];
  const startedAt = clock.now();
  const judge = async (events: BusEvent[]) => {
    tries.push([clock.now() - startedAt, events.map((event) => event.detail['number'])]);
    return { failed: events.filter((event) => event.detail['number'] === 2).map((event) => event.id) };
  };
  expect(await bus.deliver({ judge })).toBe(2);
  expect(tries).toEqual([
    [0, [1, 2]],
    [1000, [2]],
    [3000, [2]],
  ]);
  expect(lines(deadLetterFile)).toEqual([
    {
      at: '2026-02-13T01:00:10.250Z',
      rule: 'judge',
      target: 'judge',
      error: 'named as failed',
      event: expect.objectContaining({ detail: { number: 2 } }) as unknown,
    },
  ]);
});

test('a target that recovers leaves no dead letter', async () => {
  const { bus, put, deadLetterFile } = await start(newFolder());
  await put({ type: 'Snapshots Recorded', number: 1 });
  let calls = 0;
  const judge = async () => {
    calls += 1;
    if (calls === 1) throw new Error('no database');
    return { failed: [] };
  };
  await bus.deliver({ judge });
  expect(calls).toBe(2);
  expect(existsSync(deadLetterFile)).toBe(false);
});

test('after a crash delivery goes on behind the cursor, and a torn line is cut off', async () => {
  const folder = newFolder();
  const crashed = await start(folder);
  await crashed.put({ type: 'Snapshots Recorded', number: 1 });
  await crashed.bus.deliver({ judge: collector().target });
  await crashed.put({ type: 'Snapshots Recorded', number: 2 }, { type: 'Snapshots Recorded', number: 3 });
  const intact = readFileSync(crashed.file, 'utf8');
  appendFileSync(crashed.file, '{"version":"0","id":"to');

  const again = await start(folder);
  expect(readFileSync(again.file, 'utf8')).toBe(intact);
  await again.put({ type: 'Snapshots Recorded', number: 4 });
  const judge = collector();
  await again.bus.deliver({ judge: judge.target });
  expect(judge.batches).toEqual([[2, 3, 4]]);

  const third = await start(folder);
  expect(third.bus.pending()).toBe(0);
});

test('an event whose target is killed half-way is delivered again', async () => {
  const folder = newFolder();
  const killed = await start(folder);
  await killed.put({ type: 'Snapshots Recorded', number: 1 });
  const began = Promise.withResolvers<void>();
  void killed.bus.deliver({
    judge: () => {
      began.resolve();
      return new Promise(() => undefined);
    },
  });
  await began.promise;

  const again = await start(folder);
  const judge = collector();
  await again.bus.deliver({ judge: judge.target });
  expect(judge.batches).toEqual([[1]]);
});

test('a target that nobody runs, a broken cursor, a foreign line and an unknown operator are named', async () => {
  const folder = newFolder();
  const { bus, put, file, cursorFile } = await start(folder);
  await put({ type: 'Snapshots Recorded', number: 1 });
  await expect(bus.deliver({})).rejects.toThrow('rule judge has the target judge, which nobody runs here');
  expect(bus.pending()).toBe(1);

  appendFileSync(file, 'hello\n');
  await expect(start(folder)).rejects.toThrow(`${file} has a line that is no event`);
  writeFileSync(cursorFile, 'x');
  await expect(start(folder)).rejects.toThrow(`${cursorFile} should hold one number`);
  const strange = [{ name: 'ip', pattern: { detail: { ip: [{ cidr: '10.0.0.0/8' }] } }, target: 'judge' }];
  await expect(start(newFolder(), strange)).rejects.toThrow('"cidr" is not an operator known here');
});

test('TestEventPattern answers, and refuses what it does not know', async () => {
  const { client } = await start(newFolder());
  const Event = JSON.stringify({ id: '1', source: 'plumbline', detail: { value: 36 } });
  const ask = (pattern: unknown) =>
    client.send(new TestEventPatternCommand({ Event, EventPattern: JSON.stringify(pattern) }));
  expect((await ask({ detail: { value: [{ numeric: ['<', 40] }] } })).Result).toBe(true);
  expect((await ask({ source: ['other'] })).Result).toBe(false);
  await expect(ask({ source: [{ sounds: 'like' }] })).rejects.toMatchObject({ name: 'InvalidEventPatternException' });
});

test('another operation is refused by its name', async () => {
  const { bus } = await start(newFolder());
  const answer = await fetch(bus.url, { method: 'POST', headers: { 'x-amz-target': 'AWSEvents.PutRule' }, body: '{}' });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    __type: 'UnknownOperationException',
    message: 'AWSEvents.PutRule is not served here',
  });
});

test('what services put is delivered alike and kept apart from the events that were published', async () => {
  const folder = newFolder();
  const mailRule = { name: 'mails', pattern: { source: ['aws.ses'] }, target: 'notify' };
  const first = await start(folder, [...rules, mailRule]);
  await first.put({ type: 'Night Completed', number: 1 });
  const [published] = lines(first.file) as BusEvent[];
  if (!published) throw new Error('nothing is on file');
  const told = { ...published, id: 'told', source: 'aws.ses', 'detail-type': 'Email Sent', detail: { number: 2 } };
  first.bus.put([told]);

  const second = await start(folder, [...rules, mailRule]);
  expect(second.bus.pending()).toBe(2);
  const { batches, target } = collector();
  expect(await second.bus.deliver({ notify: target })).toBe(2);
  expect(batches).toEqual([[1], [2]]);
  expect([lines(second.file), lines(join(folder, 'services.jsonl'))]).toEqual([[published], [told]]);
  expect((await start(folder, [...rules, mailRule])).bus.pending()).toBe(0);
});
