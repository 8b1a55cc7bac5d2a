import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { areKeys, signed } from '@plumbline/alerts/webhook/sign';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { asked, eventsIn, plumbline, seedsWith, temporaryFolder, tidyUp } from './support.ts';

tidyUp();

const KEY = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const yamlOf = (url: string): string => `
workspace: acme
name: Acme
timezone: "+02:00"
currency: USD
dris: { ceo: { title: CEO, email: ceo@acme.example } }
fallbackDri: ceo
channels:
  slack: {}
  webhook: { url: "${url}/hook" }
sources:
  record: { metrics: [{ id: members, unit: count, kind: stock, direction: up }] }
`;

const PLAN = `
plan: q1
title: Acme
start: 2026-01-01
end: 2026-03-31
indicators:
  - { id: members-day-2, says: "50 members", metric: members, target: ">= 50", by: day 2, dri: ceo }
reviews:
  - { id: weekly, every: saturday, at: "16:00", to: [ceo] }
`;

type Request = { path: string; headers: Record<string, unknown>; body: string };
const requests: Request[] = [];
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    requests.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() });
    response.end('ok');
  });
});

let seeds: string;
let env: Record<string, string>;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  seeds = await seedsWith('acme', { 'workspace.yaml': yamlOf(url), 'plan.yaml': PLAN });
  env = { PLUMBLINE_ACME_SLACK: `${url}/slack`, PLUMBLINE_ACME_WEBHOOK: KEY };
});
afterAll(() => void server.close());

const acme = ['--workspace', 'acme'];
const here = (data: string, now: string) => ['--data', data, '--seeds', seeds, '--now', now];

it('a night on one machine tells Slack what it mailed, and the webhook each event, signed', async () => {
  const data = await temporaryFolder();
  const run = async (args: string[], now: string) => {
    const { exit, out, err } = await plumbline([...args, ...acme, ...here(data, now)], { env });
    expect([args[0], exit, exit === 0 ? '' : out + err]).toEqual([args[0], 0, '']);
  };
  await run(['record', 'members', '40', '--day', '2026-01-01'], '2026-01-01T20:00:00Z');
  await run(['night', '--day', '2026-01-01'], '2026-01-02T01:30:00Z');
  await run(['night', '--day', '2026-01-02'], '2026-01-03T01:30:00Z');
  await run(['night', '--day', '2026-01-02'], '2026-01-03T02:30:00Z');

  const posts = requests.filter((request) => request.path === '/slack').map(({ body }): unknown => JSON.parse(body));
  expect(posts).toMatchObject([
    {
      text: 'Acme · night of 2026-01-02: 1 missed',
      blocks: [
        { type: 'header' },
        {
          text: {
            text: '*CEO*\n• <http://127.0.0.1:4180/#acme/members-day-2|[Missed] Members 40 vs ≥ 50 by Day 2 (−10)>\n   Decided on the value of 2026-01-02.',
          },
        },
        {
          text: {
            text: '*Digests*\n• <http://127.0.0.1:4180/reviews/acme/weekly/2026-01-03|Weekly review on 2026-01-03>',
          },
        },
        { type: 'context' },
      ],
    },
  ]);
  const hooks = requests.filter((request) => request.path === '/hook');
  const told = hooks.map(({ body }) =>
    z
      .object({ 'detail-type': z.string(), detail: z.object({ metadata: z.object({ id: z.string() }) }) })
      .parse(JSON.parse(body)),
  );
  expect(told.map((one) => `${one['detail-type']} ${one.detail.metadata.id}`).toSorted()).toEqual(
    (await eventsIn(data)).map(({ type, id }) => `${type} ${id}`).toSorted(),
  );
  for (const { headers, body } of hooks) {
    const at = Number(headers['webhook-timestamp']) * 1000;
    expect(headers).toMatchObject(signed({ id: String(headers['webhook-id']), at, body }, KEY));
  }
});

it('a secret that is missing or wrong is named before anything is done, and by check', async () => {
  const data = await temporaryFolder();
  const wrong = { PLUMBLINE_ACME_WEBHOOK: 'hush-hush' };
  expect(areKeys(wrong.PLUMBLINE_ACME_WEBHOOK)).toBe(false);
  const night = await plumbline(['night', ...acme, ...here(data, '2026-01-02T01:30:00Z')], { env: wrong });
  const problems = [
    '[slack] no secret for workspace acme: put the address of an incoming webhook, https://hooks.slack.com/services/… into the environment or .env as PLUMBLINE_ACME_SLACK',
    '[webhook] the secret in the environment or .env as PLUMBLINE_ACME_WEBHOOK is not of the right shape: it must be the key that signs, whsec_ and 24 to 64 random bytes in base64',
  ];
  expect([night.exit, night.err.includes(problems.join('\n')), night.err.includes('hush')]).toEqual([2, true, false]);

  const answer = z.object({
    channels: z.array(
      z.object({ channel: z.string(), ok: z.boolean(), sees: z.string().nullable(), error: z.string().nullable() }),
    ),
  });
  const check = async (given: Record<string, string>) =>
    asked(answer, ['check', ...acme, ...here(data, '2026-01-02T01:30:00Z')], { env: given });
  expect(await check(wrong)).toEqual({
    exit: 2,
    data: {
      channels: [
        { channel: 'slack', ok: false, sees: null, error: problems[0] },
        { channel: 'webhook', ok: false, sees: null, error: problems[1] },
      ],
    },
  });
  const sees = 'its secret is there; only a real message could show whether it works';
  expect(await check(env)).toEqual({
    exit: 0,
    data: {
      channels: ['slack', 'webhook'].map((channel) => ({ channel, ok: true, sees, error: null })),
    },
  });
});

it.each([
  ['slack: { token: abc }', /channels\.slack\.token: is not a known key/],
  ['webhook: {}', /channels\.webhook\.url: /],
  ['webhook: { url: "http://hooks.acme.example/" }', /channels\.webhook\.url: .*must be an https:\/\/ address/],
  ['webhook: { url: "https://me:pw@hooks.acme.example/" }', /channels\.webhook\.url: .*must not hold a user name/],
  [
    'webhook: { url: "https://hooks.acme.example/", events: [Indicator Lost] }',
    /channels\.webhook\.events.*Indicator Missed/,
  ],
  ['pager: {}', /channels\.pager: is not a known key; allowed: slack, webhook/],
])('channels: { %s } is refused with its place', async (block, message) => {
  const folder = await seedsWith('acme', {
    'workspace.yaml': yamlOf('https://hooks.acme.example').replace(/channels:\n.*\n.*\n/, `channels: { ${block} }\n`),
  });
  const { exit, err } = await plumbline(['plan', 'lint', '--seeds', folder]);
  expect([exit, err]).toEqual([2, expect.stringMatching(message)]);
  expect(err).toContain(path.join(folder, 'acme', 'workspace.yaml'));
});
