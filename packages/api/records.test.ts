import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from './access.ts';
import { createApi, createRecordApi } from './app.ts';
import { recordsAnswer, recordsProblem } from './record-schemas.ts';
import type { RecordPorts } from './records.ts';
import { problemAnswer } from './schemas.ts';
import type { Fixture } from './testing.ts';
import { NOW, startFixture } from './testing.ts';

const DAY_MS = 24 * 3_600_000;
const PATH = '/v1/workspaces/acme/records';
const MEMBERS = { metric: 'members', day: '2026-01-14', value: 61 };

let fixture: Fixture;
/** What reached the port since the test began. */
let heard: Parameters<RecordPorts['record']>[] = [];
let now = NOW;
let isDown = false;
let api: ReturnType<typeof createRecordApi>;

const record = async (...call: Parameters<RecordPorts['record']>) => {
  if (isDown) throw new Error('killed');
  heard.push(call);
  const [, batch] = call;
  const errors = batch
    .filter(({ row }) => row.metric === 'unknown')
    .map(({ index }) => ({ index, field: 'metric', message: 'metric "unknown" is not declared' }));
  return { written: batch.length - errors.length, unchanged: 0, errors };
};

beforeAll(async () => {
  fixture = await startFixture();
  api = createRecordApi({ ...fixture.ports, now: () => now, access: 'key', record });
  const key = { workspaces: ['acme'], createdAt: NOW };
  await fixture.store.keys.put({ ...key, name: 'crm', sha256: digestOf('crm-key'), scopes: ['record'] });
  await fixture.store.keys.put({ ...key, name: 'erp', sha256: digestOf('erp-key'), scopes: ['read', 'record'] });
  await fixture.store.keys.put({ ...key, name: 'page', sha256: digestOf('page-key'), scopes: ['read'] });
});
afterAll(() => fixture.close());

type Sent = { body?: unknown; headers?: Record<string, string>; path?: string };
async function post({ body = { records: [MEMBERS] }, headers = {}, path = PATH }: Sent = {}) {
  heard = [];
  const answer = await api.request(path, {
    method: 'POST',
    headers: { authorization: 'Bearer crm-key', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, json: (await answer.json()) as Record<string, unknown> };
}

describe('records that are sent', () => {
  it('reach the workspace with the name of the key and of the request', async () => {
    const sent = { ...MEMBERS, n: 3, note: 'from the CRM' };
    const { status, headers, json } = await post({
      body: { records: [sent] },
      headers: { 'idempotency-key': '"k-1"' },
    });
    expect([status, recordsAnswer.parse(json)]).toEqual([200, { workspace: 'acme', written: 1, unchanged: 0 }]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(heard).toEqual([['acme', [{ index: 0, row: sent }], { by: 'crm', idempotencyKey: 'k-1' }]]);
  });

  it('are kept where they are good, and named by index and field where they are not', async () => {
    const records = [
      MEMBERS,
      { ...MEMBERS, value: '61' },
      { ...MEMBERS, metric: 'unknown' },
      { metric: 'members', day: '14.01.2026' },
      { ...MEMBERS, n: -1, note: 'x'.repeat(501) },
      { ...MEMBERS, who: 'me' },
      7,
    ];
    const { status, json } = await post({ body: { records } });
    expect([status, recordsProblem.parse(json)]).toEqual([
      422,
      {
        type: 'about:blank',
        title: 'It is refused, whole or in part',
        status: 422,
        detail:
          '6 of 7 records are refused and the others kept; correct them and send them under a new Idempotency-Key',
        workspace: 'acme',
        written: 1,
        unchanged: 0,
        errors: [
          { index: 1, field: 'value', message: 'value must be a number, such as 1234.5' },
          { index: 2, field: 'metric', message: 'metric "unknown" is not declared' },
          { index: 3, field: 'day', message: 'day must be a day, written YYYY-MM-DD' },
          { index: 3, field: 'value', message: 'value is missing' },
          { index: 4, field: 'n', message: 'n must be a whole number from 0 on' },
          { index: 4, field: 'note', message: 'note must have at most 500 characters' },
          {
            index: 5,
            field: null,
            message: 'it has "who", which is not a field; allowed: metric, day, value, n, note',
          },
          { index: 6, field: null, message: 'it must be an object with the fields metric, day, value, n, note' },
        ],
      },
    ]);
    expect(heard.map(([, batch]) => batch.map(({ index }) => index))).toEqual([[0, 2]]);
  });

  it('may be nested as deep as 1 MB goes, and are refused for it alone', async () => {
    const deep = `{"records": [${'['.repeat(400_000)}${']'.repeat(400_000)}]}`;
    const { status, json } = await post({ body: deep, headers: { 'idempotency-key': 'deep' } });
    expect([status, json['errors']]).toEqual([
      422,
      [{ index: 0, field: null, message: 'it must be an object with the fields metric, day, value, n, note' }],
    ]);
  });

  it('may be 500 at once, not none and not 501', async () => {
    const of = (count: number) => post({ body: { records: Array.from({ length: count }, () => MEMBERS) } });
    expect((await of(500)).json).toEqual({ workspace: 'acme', written: 500, unchanged: 0 });
    for (const count of [0, 501]) {
      expect((await of(count)).json).toMatchObject({
        status: 400,
        parameter: 'records',
        detail: `records has ${count} of them; send 1 to 500 at once`,
      });
      expect(heard).toEqual([]);
    }
  });
});

describe('a request that comes again', () => {
  const keyed = (key: string, value = 61, more: Sent = {}) =>
    post({
      body: {
        records: [
          { ...MEMBERS, value },
          { ...MEMBERS, metric: 'unknown' },
        ],
      },
      ...more,
      headers: { 'idempotency-key': key, ...more.headers },
    });

  it('under its key gets the same answer and does nothing, until a day has passed', async () => {
    const first = await keyed('again');
    expect([first.status, heard.length, first.headers.get('idempotent-replayed')]).toEqual([422, 1, null]);
    now = NOW + DAY_MS - 1000;
    const second = await keyed('again');
    expect([second.json, heard, second.headers.get('idempotent-replayed')]).toEqual([first.json, [], 'true']);
    now = NOW + DAY_MS;
    expect([(await keyed('again')).json, heard.length]).toEqual([first.json, 1]);
    now = NOW;
  });

  it('may be written otherwise, as long as it says the same', async () => {
    const { metric, day, value } = MEMBERS;
    const headers = { 'idempotency-key': 'rewritten' };
    await post({ body: { records: [MEMBERS] }, headers });
    const { headers: answered } = await post({
      body: JSON.stringify({ records: [{ value, day, metric }] }, null, 2),
      headers,
    });
    expect([answered.get('idempotent-replayed'), heard]).toEqual(['true', []]);
  });

  it('with other records is refused', async () => {
    await keyed('changed');
    const { status, json } = await keyed('changed', 62);
    expect([status, problemAnswer.parse(json)]).toEqual([
      422,
      {
        type: 'about:blank',
        title: 'It is refused, whole or in part',
        status: 422,
        parameter: 'Idempotency-Key',
        detail: 'this Idempotency-Key came with other records before; send these under a new one',
      },
    ]);
    expect(heard).toEqual([]);
  });

  it('is another one of another key of the API', async () => {
    await keyed('shared');
    const other = await keyed('shared', 62, { headers: { authorization: 'Bearer erp-key' } });
    expect([other.headers.get('idempotent-replayed'), heard.map(([, , said]) => said)]).toEqual([
      null,
      [{ by: 'erp', idempotencyKey: 'shared' }],
    ]);
  });

  it('is worked on again where the first one never came to its end', async () => {
    isDown = true;
    const killed = await keyed('killed');
    isDown = false;
    expect(killed.status).toBe(500);
    expect([(await keyed('killed')).status, heard.length]).toEqual([422, 1]);
  });
});

describe('what is refused, with nothing kept', () => {
  it.each<[string, Sent, number, string]>([
    ['no key', { headers: { authorization: '' } }, 401, 'send a valid key as "Authorization: Bearer <key>"'],
    [
      'an unknown key',
      { headers: { authorization: 'Bearer x' } },
      401,
      'send a valid key as "Authorization: Bearer <key>"',
    ],
    [
      'a key that may only read',
      { headers: { authorization: 'Bearer page-key' } },
      403,
      'this key may not record; use one with the scope "record"',
    ],
    [
      'a workspace of others',
      { path: PATH.replace('acme', 'bare') },
      404,
      'there is no workspace "bare" that you may record in',
    ],
    [
      'an unknown workspace',
      { path: PATH.replace('acme', 'none') },
      404,
      'there is no workspace "none" that you may record in',
    ],
    ['a parameter', { path: `${PATH}?dry=1` }, 400, '"dry" is not a parameter here; this route has none'],
    [
      'another type',
      { headers: { 'content-type': 'text/plain' } },
      415,
      'send JSON with the header "Content-Type: application/json"',
    ],
    [
      'a type that only begins so',
      { headers: { 'content-type': 'application/jsonx' } },
      415,
      'send JSON with the header "Content-Type: application/json"',
    ],
    ['no JSON', { body: '{"records": [' }, 400, 'the body is not JSON in UTF-8'],
    ['no UTF-8', { body: Buffer.from('{"records": ["\u00E9"]}', 'latin1') }, 400, 'the body is not JSON in UTF-8'],
    [
      'a bare list',
      { body: [MEMBERS] },
      400,
      'send one JSON object, {"records": [{"metric": …, "day": …, "value": …}, …]}',
    ],
    [
      'another member',
      { body: { records: [MEMBERS], dryRun: true } },
      400,
      'send one JSON object, {"records": [{"metric": …, "day": …, "value": …}, …]}',
    ],
    [
      'a key with spaces',
      { headers: { 'idempotency-key': 'a b' } },
      400,
      'Idempotency-Key must have 1 to 255 letters, digits or signs, such as a UUID',
    ],
    [
      'an endless key',
      { headers: { 'idempotency-key': 'k'.repeat(256) } },
      400,
      'Idempotency-Key must have 1 to 255 letters, digits or signs, such as a UUID',
    ],
    ['over 1 MB', { body: ' '.repeat(1024 * 1024 + 1) }, 413, 'send at most 500 records and 1 MB at once; split it'],
  ])('%s', async (_, sent, status, detail) => {
    const answer = await post(sent);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect([answer.status, problemAnswer.parse(answer.json).detail]).toEqual([status, detail]);
    expect(heard).toEqual([]);
  });

  it('over 1 MB in parts of unknown length', async () => {
    const part = new TextEncoder().encode(' '.repeat(64 * 1024));
    const body = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(part) });
    const headers = { authorization: 'Bearer crm-key', 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body, duplex: 'half' as const };
    const answer = await api.request(PATH, init);
    expect(answer.status).toBe(413);
  });

  it('another method, or reading where there is only recording', async () => {
    const headers = { authorization: 'Bearer erp-key' };
    const read = await api.request(PATH, { headers });
    expect([read.status, read.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await api.request('/v1/workspaces', { headers })).status).toBe(404);
  });
});

it('on the loopback needs no key, but a loopback name; the reading API takes none without a port', async () => {
  const local = createApi({ ...fixture.ports, access: 'loopback', record });
  const ask = (host: string) => ({
    method: 'POST',
    headers: { host, 'content-type': 'application/json' },
    body: JSON.stringify({ records: [MEMBERS] }),
  });
  heard = [];
  expect((await local.request(PATH, ask('127.0.0.1:4180'))).status).toBe(200);
  expect((await local.request(PATH, ask('evil.example'))).status).toBe(403);
  expect(heard.map(([, , said]) => said)).toEqual([{ by: 'this machine' }]);
  const reading = createApi({ ...fixture.ports, access: 'loopback' });
  expect((await reading.request(PATH, ask('127.0.0.1'))).status).toBe(404);
});
