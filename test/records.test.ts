import { toDay } from '@plumbline/core/day';
import { endOfDay } from '@plumbline/core/zone';
import { expect, it } from 'vitest';
import { served } from './served.ts';
import { tidyUp } from './support.ts';

tidyUp();

const WORKSPACE = `
workspace: acme
name: Acme
timezone: Europe/Kyiv
currency: EUR
dris: { lead: { title: Lead, email: lead@acme.example } }
fallbackDri: lead
sources:
  record:
    metrics:
      - { id: members, unit: count, kind: stock, direction: up }
      - { id: interviews, unit: count, kind: flow, direction: up }
      - { id: pipeline_value, unit: money, kind: flow, direction: up }
`;

const TODAY = toDay('2026-02-12');

async function acme() {
  const { machine, url } = await served(WORKSPACE);
  const w = `${url}/v1/workspaces/acme`;
  return {
    site: machine.site('acme'),
    url: `${w}/records`,
    post: async (records: readonly object[], headers: Record<string, string> = {}) => {
      const answer = await fetch(`${w}/records`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ records }),
      });
      return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
    },
    read: async (path: string) => (await (await fetch(`${w}/${path}`)).json()) as Record<string, unknown>,
  };
}

it('what is sent is kept with who, why and by which request, money in cents, and each change is a revision', async () => {
  const { post, read } = await acme();
  const pipeline = { metric: 'pipeline_value', day: '2026-02-11' };
  const first = await post([{ ...pipeline, value: 1200.5, n: 3 }], { 'idempotency-key': 'one' });
  expect(first).toEqual({ status: 200, json: { workspace: 'acme', written: 1, unchanged: 0 } });
  expect((await post([{ ...pipeline, value: 900, note: 'one deal fell through' }])).json).toMatchObject({ written: 1 });
  // The first request again changes nothing back.
  expect(await post([{ ...pipeline, value: 1200.5, n: 3 }], { 'idempotency-key': 'one' })).toEqual(first);
  const { value, unit, revisions } = await read('snapshots/2026-02-11/pipeline_value');
  expect([value, unit]).toEqual([900, 'EUR']);
  expect(revisions).toMatchObject([
    { revision: 1, value: 1200.5, n: 3, who: 'this machine', idempotencyKey: 'one' },
    { revision: 2, value: 900, who: 'this machine', note: 'one deal fell through' },
  ]);
});

it('days to come, unknown metrics and contradictions are refused by index, and the rest is kept', async () => {
  const { post, site } = await acme();
  const members = (day: string, value: number) => ({ metric: 'members', day, value });
  const { status, json } = await post([
    members('2026-02-12', 10),
    members('2026-02-13', 11),
    { ...members('2026-02-12', 1), metric: 'mrr' },
    members('2026-02-11', 8),
    members('2026-02-11', 9),
    members('2026-02-12', 10),
  ]);
  expect([status, json['written'], json['errors']]).toEqual([
    422,
    1,
    [
      { index: 1, field: 'day', message: 'day 2026-02-13 is in the future; today is 2026-02-12' },
      {
        index: 2,
        field: 'metric',
        message: 'metric "mrr" is not declared; allowed: members, interviews, pipeline_value',
      },
      {
        index: 3,
        field: null,
        message: 'members of 2026-02-11 is stated differently by record 4; send one of them',
      },
      {
        index: 4,
        field: null,
        message: 'members of 2026-02-11 is stated differently by record 3; send one of them',
      },
    ],
  ]);
  const stored = await site.store.snapshots.span('acme', toDay('2026-02-01'), toDay('2026-02-28'));
  expect(stored.map(({ metric, day, value }) => [metric, day, value])).toEqual([['members', '2026-02-12', 10]]);
});

it('a stock stands for later days with its age, a flow for its own day alone', async () => {
  const { post, read, site } = await acme();
  const both = ['members', 'interviews'].map((metric) => ({ metric, day: '2026-02-08', value: 5 }));
  expect((await post(both)).status).toBe(200);
  const night = { id: 'night', expects: [], sources: [], silent: false, demo: false };
  const at = endOfDay(toDay('2026-02-10'), site.workspace.timezone);
  await site.store.nights.open({ ...night, workspace: 'acme', day: toDay('2026-02-10'), openedAt: at });
  const { data } = await read(`snapshots?from=2026-02-01&to=${TODAY}`);
  const rows = data as { metric: string; day: string; value: number; quality: string[] }[];
  expect(new Set(rows.map(({ metric, day, value, quality }) => [metric, day, value, ...quality].join(' ')))).toEqual(
    new Set([
      'interviews 2026-02-08 5',
      'members 2026-02-08 5',
      'members 2026-02-09 5 carried:1d',
      'members 2026-02-10 5 carried:2d',
    ]),
  );
});

it('many who send at once lose nothing: each value is kept, and of one day the last word stands with all before it', async () => {
  const { post, site } = await acme();
  const senders = Array.from({ length: 6 }, (_, index) => [
    { metric: 'members', day: '2026-02-12', value: index },
    { metric: 'interviews', day: `2026-02-0${index + 1}`, value: index },
  ]);
  const answers = await Promise.all(senders.map((records) => post(records)));
  expect(answers.map(({ status }) => status)).toEqual(senders.map(() => 200));
  const stored = await site.store.snapshots.span('acme', toDay('2026-02-01'), TODAY);
  const interviews = stored.filter(({ metric }) => metric === 'interviews').map(({ value }) => value);
  expect(interviews).toEqual([0, 1, 2, 3, 4, 5]);
  const members = stored.find(({ metric }) => metric === 'members');
  const words = [...(members?.earlier ?? []), members].map((one) => one?.value);
  expect([words.length, new Set(words)]).toEqual([6, new Set([0, 1, 2, 3, 4, 5])]);
});

it('500 records at once are kept in a few seconds', async () => {
  const { post } = await acme();
  const records = Array.from({ length: 500 }, (_, index) => ({
    metric: 'interviews',
    day: new Date(Date.UTC(2024, 0, 1 + index)).toISOString().slice(0, 10),
    value: index,
  }));
  expect(await post(records)).toEqual({ status: 200, json: { workspace: 'acme', written: 500, unchanged: 0 } });
  expect((await post(records)).json).toEqual({ workspace: 'acme', written: 0, unchanged: 500 });
});

it('a request that streams in without telling its length is taken as any other, up to the same 1 MB', async () => {
  const { url } = await acme();
  const post = (parts: readonly string[]) => {
    const body = ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)));
    const headers = { 'content-type': 'application/json' };
    return fetch(url, { method: 'POST', headers, body, duplex: 'half' });
  };
  const text = JSON.stringify({ records: [{ metric: 'members', day: TODAY, value: 9, note: 'Бахмач' }] });
  const taken = await post(text.split(/(?<=,)/));
  expect([taken.status, await taken.json()]).toEqual([200, { workspace: 'acme', written: 1, unchanged: 0 }]);
  expect((await post(Array.from({ length: 17 }, () => ' '.repeat(64 * 1024)))).status).toBe(413);
});
