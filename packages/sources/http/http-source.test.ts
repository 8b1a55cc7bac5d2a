import { hash } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { toDay } from '@plumbline/core/day';
import { toInstant } from '@plumbline/core/zone';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Asked, Reply } from '../testing.ts';
import { collect, failureOf, portsFor, serve, valuesOf } from '../testing.ts';
import { getJson } from './client.ts';
import type { HttpConfig } from './index.ts';
import { http } from './index.ts';
import { puller } from './pull.ts';

const tickets = {
  id: 'open_tickets',
  url: 'https://desk.acme.example/kpis/{day}?from={from}&to={to}',
  path: '$.tickets.open',
  unit: 'count',
  kind: 'stock',
  direction: 'down',
};

const configOf = (...metrics: object[]): HttpConfig => http.config.parse({ metrics });

type Options = { from?: string; to?: string; now?: string; timezone?: string; secret?: string };

async function pullFrom(config: HttpConfig, reply: (asked: Asked) => Reply, options: Options = {}) {
  const { to = '2026-02-12', from = to, now = '2026-02-13T01:00:00Z', timezone = 'UTC', secret = '' } = options;
  const { baseUrl, asked } = await serve(reply);
  const ports = portsFor('http', config, { baseUrl, secret, now, timezone });
  const pulled = await collect(puller.pull({ from: toDay(from), to: toDay(to) }, ports));
  return { pulled, asked: asked.map(({ url }) => url.pathname + url.search), headers: asked.map((one) => one.headers) };
}

const valueOf = async (metric: object, body: unknown) =>
  valuesOf((await pullFrom(configOf({ ...tickets, ...metric }), () => ({ body }))).pulled)['open_tickets 2026-02-12'];

const refusalOf = (metric: object): string => {
  const { error } = http.config.safeParse({ metrics: [{ ...tickets, ...metric }] });
  return error ? error.issues.map(({ path, message }) => `${path.slice(2).join('.')}: ${message}`).join('; ') : 'taken';
};

test('each day is asked for by its date and its borders in the workspace’s zone, and has its number with its evidence', async () => {
  const { pulled, asked } = await pullFrom(
    configOf({ ...tickets, n: '$.tickets.all' }),
    ({ url }) => ({ body: { tickets: { open: Number(url.pathname.slice(-2)), all: 30 } } }),
    { from: '2026-02-10', to: '2026-02-11', timezone: 'Europe/Kyiv' },
  );
  expect(asked).toEqual([
    '/kpis/2026-02-10?from=2026-02-09T22:00:00Z&to=2026-02-10T22:00:00Z',
    '/kpis/2026-02-11?from=2026-02-10T22:00:00Z&to=2026-02-11T22:00:00Z',
  ]);
  const observed = (day: string, open: number) => ({
    kind: 'observation',
    metric: 'open_tickets',
    day,
    value: open,
    n: 30,
    quality: [],
    evidence: {
      requests: 1,
      rows: 1,
      sha256: hash('sha256', JSON.stringify({ tickets: { open, all: 30 } }), 'hex'),
      policy: 'http-json',
      path: '$.tickets.open',
    },
    settlesAt: toInstant(`${day}T22:00:00Z`),
  });
  expect(pulled).toEqual([observed('2026-02-10', 10), observed('2026-02-11', 11)]);
});

test('a day that is not over is absent', async () => {
  const options = { from: '2026-02-12', to: '2026-02-13', now: '2026-02-13T23:59:59Z' };
  const { pulled } = await pullFrom(configOf(tickets), () => ({ body: { tickets: { open: 1 } } }), options);
  expect(valuesOf(pulled)).toEqual({ 'open_tickets 2026-02-12': 1 });
});

const members = { ...tickets, id: 'members', url: 'https://acme.example/now', path: '$.members' };

test('an address that tells only of now tells of the day that has just ended, never of one before it', async () => {
  const config = configOf(members, tickets);
  const reply = () => ({ body: { members: 5, tickets: { open: 7 } } });
  const { pulled } = await pullFrom(config, reply, { from: '2026-02-10' });
  expect(valuesOf(pulled)).toEqual({
    'members 2026-02-12': 5,
    'open_tickets 2026-02-10': 7,
    'open_tickets 2026-02-11': 7,
    'open_tickets 2026-02-12': 7,
  });
});

test.each([
  ['2026-02-13T00:00:00Z', { quality: ['counted-when-pulled'] }],
  ['2026-02-13T06:00:00Z', { quality: ['counted-when-pulled'] }],
  ['2026-02-13T06:00:01Z', { quality: ['counted-when-pulled'], reconstructed: true }],
  ['2026-02-13T23:59:59Z', { quality: ['counted-when-pulled'], reconstructed: true }],
  ['2026-02-14T00:00:00Z', undefined],
])('pulled at %s, what tells only of now is taken as %j', async (now, taken) => {
  const { pulled } = await pullFrom(configOf(members), () => ({ body: { members: 5 } }), { now });
  const [found] = pulled.map((one) =>
    one.kind === 'observation' ? { quality: one.quality, ...(one.reconstructed && { reconstructed: true }) } : one,
  );
  expect(found).toEqual(taken);
});

test('several values of one answer cost one request', async () => {
  const more = { ...tickets, id: 'all_tickets', path: '$.tickets.all' };
  const other = { ...tickets, id: 'other', headers: { accept: 'application/vnd.desk+json' } };
  const { pulled, asked, headers } = await pullFrom(configOf(tickets, more, other), () => ({
    body: { tickets: { open: 3, all: 9 } },
  }));
  expect(Object.values(valuesOf(pulled))).toEqual([3, 9, 3]);
  expect(asked).toHaveLength(2);
  expect(headers.map(({ accept }) => accept)).toEqual(['application/json', 'application/vnd.desk+json']);
});

test('the secret goes where the headers name it, and into no error though the answer repeats it', async () => {
  const config = configOf({ ...tickets, headers: { authorization: 'Bearer {secret}', 'x-plan': 'q1' } });
  const { headers } = await pullFrom(config, () => ({ body: { tickets: { open: 3 } } }), { secret: 's$&cret' });
  expect(headers[0]).toMatchObject({ authorization: 'Bearer s$&cret', 'x-plan': 'q1' });
  const refused = pullFrom(config, () => ({ status: 403, body: 'no right for s$&cret here' }), { secret: 's$&cret' });
  expect(await failureOf(refused)).toMatch(
    /^VendorError: \[http\] GET 127\.0\.0\.1:\d+\/kpis\/2026-02-12 answered 403: check the secret and the headers that carry it; it says: no right for \*\*\* here$/,
  );
  const basic = configOf({ ...tickets, headers: { authorization: 'Basic {secret}' } });
  const secret = Buffer.from('robot:pa55word').toString('base64');
  const unknown = pullFrom(basic, () => ({ status: 401, body: `robot may not, nor with pa55word, ${secret}` }), {
    secret,
  });
  expect(await failureOf(unknown)).toMatch(/it says: \*\*\* may not, nor with \*\*\*, \*\*\*$/);
});

test.each([
  [{}, { tickets: { open: 12.5 } }, 12.5],
  [{}, { tickets: { open: '-12.50' } }, -12.5],
  [{}, '{"tickets":{"open":-0}}', 0],
  [{}, { tickets: { open: '-0.0' } }, 0],
  [{}, { tickets: { open: null } }, undefined],
  [{ unit: 'money' }, { tickets: { open: '3120.55' } }, 312_055],
  [{ unit: 'JPY' }, { tickets: { open: 3120 } }, 3120],
  [{ path: '$' }, 4, 4],
  [{ path: "$['all data'][-1]" }, { 'all data': [1, 2] }, 2],
])('%j finds in %j the value %j', async (metric, body, value) => {
  expect(await valueOf(metric, body)).toBe(value);
});

test.each([
  [{}, { tickets: {} }, 'nothing; did the shape of the answer change?'],
  [{}, { tickets: { open: '1,234' } }, 'a text that is not a decimal number such as "1234.5"'],
  [{}, { tickets: { open: '' } }, 'a text that is not a decimal number such as "1234.5"'],
  [{}, { tickets: { open: '0x10' } }, 'a text that is not a decimal number such as "1234.5"'],
  [{}, { tickets: { open: true } }, 'a value of type boolean'],
  [{}, { tickets: { open: [1] } }, 'a list'],
  [{}, { tickets: { open: { count: 1 } } }, 'a value of type object'],
  [{}, '{"tickets":{"open":1e999}}', 'a number too large to be kept exactly'],
  [{}, { tickets: { open: 2 ** 53 } }, 'a number too large to be kept exactly'],
  [{}, { tickets: { open: '9007199254740993' } }, 'a number too large to be kept exactly'],
  [{ unit: 'USD' }, { tickets: { open: 1e15 } }, 'a number too large to be kept exactly'],
])('%j refuses %j aloud: %s', async (metric, body, what) => {
  expect(await failureOf(valueOf(metric, body))).toBe(
    `DataError: [http] open_tickets: at $.tickets.open there is ${what}`,
  );
});

test('a rate may come by its parts, which are kept; over none it is absent', async () => {
  const rate = {
    ...tickets,
    path: undefined,
    numerator: '$.won',
    denominator: '$.all',
    unit: '%',
    kind: 'rate',
    direction: 'up',
  };
  const of = async (body: unknown, metric = {}) =>
    (await pullFrom(configOf({ ...rate, ...metric }), () => ({ body }))).pulled[0];
  expect(await of({ won: 1, all: 8 })).toMatchObject({ value: 12.5, numerator: 1, denominator: 8 });
  expect(await of({ won: 6, all: 4 }, { unit: 'ratio' })).toMatchObject({ value: 1.5, numerator: 6, denominator: 4 });
  expect(await of({ won: 0, all: 0 })).toBe(undefined);
  expect(await failureOf(of({ won: 1, all: -8 }))).toBe(
    'DataError: [http] open_tickets: at $.all there is a denominator below 0',
  );
  expect(await failureOf(of({ won: 1, all: 8, n: 1.5 }, { n: '$.n' }))).toContain('a whole number from 0 on');
});

test('a redirect is not followed, also not on the same host, and is named', async () => {
  const leading = (location: string) => () => ({ status: 302, headers: { location }, body: '' });
  expect(await failureOf(pullFrom(configOf(tickets), leading('https://169.254.169.254/latest?key=k')))).toMatch(
    /answered 302: it leads to 169\.254\.169\.254\/latest; redirects are not followed, so write that as url$/,
  );
  expect(await failureOf(pullFrom(configOf(tickets), leading('/elsewhere')))).toMatch(
    /answered 302: it leads to 127\.0\.0\.1:\d+\/elsewhere; redirects/,
  );
});

test('a body of more than 1 MB is refused, and nesting of any depth is read', async () => {
  expect(await failureOf(valueOf({}, 'x'.repeat(1024 * 1024 + 1)))).toMatch(/answered with more than 1048576 bytes$/);
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  expect(await valueOf({}, `{"tickets":{"open":1,"deep":${deep}}}`)).toBe(1);
});

test('a name or an address that leads to cloud metadata is not asked', async () => {
  const { baseUrl, asked } = await serve(() => ({ body: 1 }));
  const { port } = new URL(baseUrl);
  const ports = portsFor('http', configOf(tickets), { baseUrl, secret: '', now: '2026-02-13T01:00:00Z' });
  const leadingTo =
    (address: string): LookupFunction =>
    (_, { all }, callback) =>
      all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4);
  const ask = (address: string, host = 'desk.test') =>
    getJson(new URL(`http://${host}:${port}/`), {}, ports, leadingTo(address));
  expect(await ask('127.0.0.1')).toMatchObject({ json: 1 });
  const metadata = 'VendorError: [http] desk.test is an address of cloud metadata, which is never asked; check url';
  expect(await failureOf(ask('169.254.169.254'))).toBe(metadata);
  for (const address of ['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'])
    expect(await failureOf(ask(address))).toBe(metadata);
  expect(await failureOf(ask('127.0.0.1', '[::ffff:169.254.169.254]'))).toContain('is never asked');
  expect(asked).toHaveLength(1);
});

test.each([
  [{ url: 'http://localhost:8080/kpis' }, 'taken'],
  [{ url: 'http://192.168.1.7/kpis' }, 'taken'],
  [{ url: 'http://[fd12::1]/kpis' }, 'taken'],
  [
    { url: 'http://desk.acme.example/kpis' },
    'url: must begin with https://; http:// is for localhost and private IP addresses',
  ],
  [{ url: 'http://11.0.0.1/kpis' }, 'url: must begin with https://; http:// is for localhost and private IP addresses'],
  [{ url: 'ftp://acme.example' }, 'url: must be an https:// address'],
  [{ url: '/kpis' }, 'url: must be an https:// address'],
  [{ url: 'https://acme.example/{week}' }, 'url: may hold the placeholders {day}, {from} and {to}, and no others'],
  [{ url: 'https://{day}.acme.example/' }, 'url: must name its host without placeholders'],
  [{ url: 'https://ada:pw@acme.example/' }, 'url: must not hold a user name or a password: use headers'],
  [{ url: 'https://169.254.169.254/latest' }, 'url: is an address of cloud metadata, which is never asked'],
  [{ url: 'https://0xa9fea9fe/latest' }, 'url: is an address of cloud metadata, which is never asked'],
  [{ url: 'https://[fd00:ec2::254]/latest' }, 'url: is an address of cloud metadata, which is never asked'],
  [
    { path: '$..open' },
    "path: must be a JSONPath to one value, such as $.data[0].mrr or $['monthly revenue']; wildcards, slices and filters may mean several",
  ],
  [{ headers: { 'x-api-key': 'abc123' } }, 'headers.x-api-key: must hold {secret}: secrets never stand in this file'],
  [{ headers: { authorization: 'Basic {secret}', accept: 'text/json' } }, 'taken'],
  [{ unit: 'QQQ' }, expect.stringContaining('unit: must be count')],
  [{ path: undefined }, 'path: is needed: where the value is; or numerator and denominator, of a rate'],
  [{ numerator: '$.a' }, 'path: is told twice: by path, and by numerator or denominator'],
  [{ path: undefined, numerator: '$.a' }, 'denominator: is needed beside numerator'],
  [{ path: undefined, denominator: '$.a' }, 'numerator: is needed beside denominator'],
  [
    { path: undefined, numerator: '$.a', denominator: '$.b' },
    'kind: must be rate where numerator and denominator are given',
  ],
  [
    { path: undefined, numerator: '$.a', denominator: '$.b', kind: 'rate', unit: 'money' },
    'unit: must not be money where parts are given; give path',
  ],
])('%j in the workspace file is %s', (metric, said) => {
  expect(refusalOf(metric)).toEqual(said);
});

test('a secret is needed only where a header names it', () => {
  expect(http.needsSecret?.(configOf(tickets))).toBe(false);
  expect(http.needsSecret?.(configOf(tickets, { ...members, headers: { authorization: 'Bearer {secret}' } }))).toBe(
    true,
  );
});

test('the metrics are those that are declared', () => {
  const declared = configOf({ ...tickets, unit: 'money', about: 'What is owed', minimumSample: 5 });
  expect(http.metrics(declared, { currency: 'EUR' })).toEqual([
    {
      id: 'open_tickets',
      unit: 'EUR',
      kind: 'stock',
      direction: 'down',
      about: 'What is owed',
      settleNights: 0,
      minimumSample: 5,
    },
  ]);
  expect(z.toJSONSchema(http.config, { io: 'input' }).required).toEqual(['metrics']);
});

test('a check asks each address once and says what is there', async () => {
  const absent = { ...tickets, id: 'absent', path: '$.absent' };
  const { baseUrl, asked } = await serve(() => ({ body: { members: 5, tickets: { open: 7.5 }, absent: null } }));
  const config = configOf(members, { ...tickets, unit: 'money' }, absent);
  const ports = portsFor('http', config, { baseUrl, secret: '', now: '2026-02-13T10:00:00Z', timezone: 'UTC' });
  expect(await puller.check(ports)).toEqual({
    sees: 'members 5, open_tickets $7.50 on 2026-02-12',
    warnings: ['there is no value of absent on 2026-02-12'],
  });
  expect(asked.map(({ url }) => url.pathname)).toEqual(['/now', '/kpis/2026-02-12']);
});
