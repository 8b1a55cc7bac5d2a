import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asked, listening, plumbline, seedsOf, start, temporaryFolder, tidyUp, until } from './support.ts';

tidyUp();

const SECONDS = 60_000;

let seeds: string;
let data: string;

beforeAll(async () => {
  seeds = await seedsOf('bakhmach');
  data = await temporaryFolder();
  const { exit } = await plumbline(['up', '--once', '--port', '0', '--as-of', '2026-01-15', ...here()]);
  expect(exit).toBe(0);
}, SECONDS);

const here = (folder = data, seedsFolder = seeds) => ['--seeds', seedsFolder, '--data', folder];
const bakhmach = (...words: string[]) => [...words, '--workspace', 'bakhmach', ...here()];

describe('a command that makes no sense exits 2 with a sentence', () => {
  it.each<[string, () => string[], RegExp]>([
    [
      'an unknown workspace',
      () => ['status', '--workspace', 'nobody', ...here()],
      /^there is no workspace "nobody" in .*; there are: bakhmach\n$/,
    ],
    [
      'a path for a workspace',
      () => ['export', '--workspace', '../bakhmach', ...here()],
      /^there is no workspace "\.\.\/bakhmach"/,
    ],
    ['an unknown metric', () => bakhmach('export', '--metric', 'nix'), /^bakhmach has no metric "nix"; it has: mrr, /],
    [
      'an unknown source',
      () => bakhmach('night', '--source', 'plausible'),
      /pulls no source "plausible"; it pulls: stripe, ga4, mixpanel, uptime, github\n$/,
    ],
    ['a day that is none', () => bakhmach('night', '--day', '2026-02-30'), /YYYY-MM-DD/],
    [
      'an instant that is none',
      () => bakhmach('status', '--now', 'soon'),
      /^"soon" is not an instant; write one as 2026-/,
    ],
    ['an unknown option', () => bakhmach('night', '--colour'), /unknown option '--colour'/],
    ['no workspace', () => ['night', ...here()], /--workspace/],
    ['an unknown command', () => ['frobnicate'], /unknown command 'frobnicate'/],
    ['an unknown format', () => bakhmach('export', '--format', 'xml'), /^--format must be csv\n$/],
    [
      'days in the wrong order',
      () => bakhmach('backfill', '--from', '2026-01-05', '--to', '2026-01-01'),
      /^--to 2026-01-01 is before --from 2026-01-05\n$/,
    ],
    ['an unknown transition', () => bakhmach('ack', 'trn_none', '--reason', 'x'), /^there is no transition trn_none; /],
    [
      'an unknown word about a plan',
      () => bakhmach('plan', 'mend'),
      /^there is no "plan mend"; allowed: lint, show, lines, diff, /,
    ],
    ['no word about a plan', () => bakhmach('plan'), /^"plan" needs a word; allowed: lint, show, lines, diff, /],
    [
      'a data folder that is a file',
      () => ['status', '--workspace', 'bakhmach', ...here(import.meta.filename)],
      /name another folder with --data\n$/,
    ],
  ])('%s', async (name, words, sentence) => {
    const { exit, out, err } = await plumbline(words());
    expect({ exit, out }).toEqual({ exit: name.includes('file') ? 1 : 2, out: '' });
    expect(err).toMatch(sentence);
    expect(err).not.toMatch(/\n {4}at /);
  });
});

describe('record', () => {
  it('keeps the good rows of a file, names the bad ones by line, and exits 1', async () => {
    const file = path.join(await temporaryFolder(), 'week.csv');
    await writeFile(
      file,
      'metric,day,value\ncase_studies,2026-01-14,1\ncase_studies,2026-01-32,2\nmrr,2026-01-14,5\nhelp_articles,2026-01-14,70\n',
    );
    const { exit, out } = await plumbline(bakhmach('record', '--csv', file));
    expect(exit).toBe(1);
    expect(out.split('\n')).toEqual([
      `${file}:3: day "2026-01-32" is not a day; write one as YYYY-MM-DD`,
      expect.stringMatching(/:4: metric "mrr" is not declared; allowed: members, /),
      '2 values recorded, 0 unchanged, 2 bad values left out.',
      '',
    ]);
    const read = await plumbline(bakhmach('export', '--from', '2026-01-14', '--to', '2026-01-14'));
    expect(read.out.split('\n').filter((line) => /case_studies|help_articles/.test(line))).toEqual([
      'bakhmach,case_studies,2026-01-14,1,count,settled,record,1',
      'bakhmach,help_articles,2026-01-14,70,count,settled,record,1',
    ]);
  });

  it('of one bad value exits 2', async () => {
    const { exit, err } = await plumbline(bakhmach('record', 'members', 'many', '--day', '2026-01-14'));
    expect([exit, err]).toEqual([2, 'value "many" is not a number; write one like 1234.5\n']);
  });

  it('shows what a spreadsheet would change before anything is written, then who stated what', async () => {
    const file = path.join(await temporaryFolder(), 'sheet.csv');
    await writeFile(file, Buffer.from('\uFEFFDate;Case studies\r\n13/01/2026;1.234\r\n', 'utf16le'));
    const unclear = await plumbline(bakhmach('record', '--csv', file));
    expect([unclear.exit, unclear.out.split('\n')[0]]).toEqual([
      1,
      expect.stringMatching(/:2: day "13\/01\/2026" may begin with the day or the month; say which comes first /),
    ]);
    const clear = ['record', '--csv', file, '--date-format', 'DD/MM/YYYY', '--decimal', 'comma'];
    const dry = await plumbline(bakhmach(...clear, '--dry-run'));
    expect([dry.exit, dry.out]).toEqual([
      0,
      '2026-01-13  case_studies  1,234  new\n1 value would be recorded. Nothing was written.\n',
    ]);
    const none = await plumbline(bakhmach('record', '--history', 'case_studies', '--day', '2026-01-13'));
    expect([none.exit, none.out]).toEqual([0, 'Nothing is recorded for case_studies of 2026-01-13.\n']);

    expect((await plumbline(bakhmach(...clear))).out).toBe('1 value recorded, 0 unchanged.\n');
    const word = ['record', 'case_studies', '4', '--day', '2026-01-13', '--note', 'counted twice'];
    expect((await plumbline(bakhmach(...word))).exit).toBe(0);
    const said = await plumbline(bakhmach('record', '--history', 'case_studies', '--day', '2026-01-13', '--json'));
    const row = { metric: 'case_studies', day: '2026-01-13', unit: 'count', n: null, idempotencyKey: null };
    const by = { who: userInfo().username, at: expect.any(String) };
    expect(JSON.parse(said.out)).toEqual({
      workspace: 'bakhmach',
      metric: 'case_studies',
      revisions: [
        { ...row, ...by, revision: 1, value: 1234, note: null },
        { ...row, ...by, revision: 2, value: 4, note: 'counted twice' },
      ],
    });
  });

  it('names its ways where none or two are asked for, and the recorded metrics where another is', async () => {
    for (const words of [[], ['members', '5'], ['members', '5', '--day', '2026-01-14', '--history', 'members']]) {
      const { exit, err } = await plumbline(bakhmach('record', ...words));
      expect([exit, err.split('\n')[0]]).toEqual([2, 'write one of:']);
    }
    const { exit, err } = await plumbline(bakhmach('record', '--history', 'mrr'));
    expect([exit, err]).toEqual([
      2,
      expect.stringMatching(/^"mrr" is not a recorded metric of bakhmach; there are: members, /),
    ]);
  });
});

it('export begins with the promised columns, and what is older than --from is left out', async () => {
  const { exit, out } = await plumbline(bakhmach('export', '--metric', 'mrr', '--from', '2026-01-14'));
  expect([exit, out]).toEqual([
    0,
    [
      'workspace,metric,day,value,unit,state,source,revision',
      'bakhmach,mrr,2026-01-14,1898.17,USD,settled,stripe,1',
      'bakhmach,mrr,2026-01-15,1898.17,USD,settled,stripe,1',
      '',
    ].join('\n'),
  ]);
});

const alertsSchema = z.object({
  transitions: z.array(
    z.looseObject({
      id: z.string(),
      kind: z.string(),
      indicator: z.string(),
      answers: z.array(z.looseObject({ kind: z.string(), by: z.string() })),
    }),
  ),
});
const statusSchema = z.object({
  asOf: z.string(),
  indicators: z.array(z.looseObject({ id: z.string(), status: z.string(), overlays: z.array(z.string()) })),
});

it(
  'ack and snooze show in alerts and in status',
  async () => {
    const { data: before } = await asked(alertsSchema, bakhmach('alerts'));
    const { data: judged } = await asked(statusSchema, bakhmach('status'));
    const statusOf = (id: string) => judged.indicators.find((one) => one.id === id)?.status;
    const bad = before.transitions.filter(
      ({ kind, indicator }) => kind === statusOf(indicator) && /missed|at_risk/.test(kind),
    );
    const first = bad.at(-1);
    const second = bad.find(({ indicator }) => indicator !== first?.indicator);
    expect([first?.answers, second?.answers]).toEqual([[], []]);
    const done = [
      await plumbline(bakhmach('ack', first?.id ?? '', '--reason', 'we know')),
      await plumbline(bakhmach('snooze', second?.id ?? '', '--until', '2026-02-01')),
    ];
    const { data: after } = await asked(alertsSchema, bakhmach('alerts'));
    const me = after.transitions.find(({ id }) => id === first?.id)?.answers[0]?.by ?? '';
    expect(done).toEqual([
      { exit: 0, out: `${first?.indicator} is acknowledged by ${me}: we know.\n`, err: '' },
      { exit: 0, out: `${second?.indicator} is snoozed until the end of 2026-02-01 by ${me}.\n`, err: '' },
    ]);
    const met = after.transitions.find(({ kind }) => kind === 'met');
    expect(await plumbline(bakhmach('ack', met?.id ?? '', '--reason', 'hooray'))).toEqual({
      exit: 2,
      out: '',
      err: 'There is nothing to acknowledge or snooze about “Met”.\n',
    });
    const noted = after.transitions.flatMap(({ id, answers }) => answers.map(({ kind }) => `${id} ${kind}`));
    expect(new Set(noted)).toEqual(new Set([`${first?.id} acknowledged`, `${second?.id} snoozed`]));
    const { data: status } = await asked(statusSchema, bakhmach('status'));
    const known = status.indicators.find(({ id }) => id === first?.indicator);
    expect([known?.status, known?.overlays]).toEqual([expect.stringMatching(/missed|at_risk/), ['acknowledged']]);
  },
  SECONDS,
);

it('status is as of the night that is asked for', async () => {
  const { data: status } = await asked(statusSchema, bakhmach('status', '--as-of', '2026-01-08'));
  const found = (id: string) => status.indicators.find((one) => one.id === id)?.status;
  expect([status.asOf, found('mrr-week-1'), found('mrr-week-2')]).toEqual([
    '2026-01-08',
    'met',
    expect.not.stringMatching(/^met$/),
  ]);
});

it('backtest says what past forecasts were worth, beside two rules, and how few they are built on', async () => {
  const { exit, out } = await plumbline(bakhmach('backtest', '--json'));
  const found = z
    .object({
      from: z.string(),
      through: z.string(),
      nominal: z.number(),
      rules: z.array(z.object({ rule: z.string(), steps: z.number(), all: z.object({ nights: z.number() }) })),
    })
    .parse(JSON.parse(out));
  const [ours] = found.rules;
  expect([exit, found]).toEqual([
    0,
    {
      from: '2026-01-02',
      through: '2026-01-15',
      nominal: 0.8,
      rules: ['plumbline', 'last value', 'straight line'].map((rule) => ({ ...ours, rule })),
    },
  ]);
  expect(ours?.steps).toBeGreaterThan(3);
  const text = (await plumbline(bakhmach('backtest'))).out;
  expect(text).toContain(`Built on ${ours?.steps} decided steps`);
  expect(text).toContain(`and ${ours?.all.nights} forecasts. These are few: a hint, not yet a measure.`);
  expect(text).toMatch(/^plumbline +\d+ of \d+ /m);
});

it('a dry run shows the coming night and writes nothing', async () => {
  const dry = await plumbline(bakhmach('night', '--day', '2026-01-16', '--source', 'stripe', '--dry-run'));
  expect(dry.exit).toBe(0);
  expect(dry.out).toMatch(/2026-01-16\s+mrr\s+\$[\d,.]+\n/);
  expect(dry.out).toMatch(/Nothing was written\.\n$/);
  expect((await plumbline(bakhmach('export', '--from', '2026-01-16'))).out.split('\n').length).toBe(2);
});

it('check says what each source sees, and what to mind', async () => {
  const { exit, out } = await plumbline(bakhmach('check'));
  expect([exit, out.split('\n').map((line) => line.split(/ {2,}/))]).toEqual([
    0,
    [
      ['ok', 'stripe', 'subscriptions in test mode; this is test data: its numbers are not money'],
      ['ok', 'ga4', expect.stringMatching(/^property 314159 in Europe\/Kyiv, \d+ sessions on 2026-01-15$/)],
      ['ok', 'mixpanel', 'the events of project 271828 (eu)'],
      ['ok', 'uptime', 'monitor 1234 was up 100 %, monitor 5678 was up 100 % on 2026-01-15'],
      ['ok', 'github', expect.stringMatching(/^bakhmach\/hub \(\d+ stars\)$/)],
      ['ok', 'record', 'values are pushed; there is nothing to call'],
      [''],
    ],
  ]);
});

it('a port in use is named, with what to do', async () => {
  const { port, close } = await listening();
  const { exit, err } = await plumbline(['up', '--once', '--port', String(port), ...here()]);
  close();
  expect([exit, err]).toEqual([
    1,
    `port ${port} on 127.0.0.1 is in use; stop what listens there or choose another one with --port\n`,
  ]);
});

it('a running.json that is damaged, or left by a process that was killed, is in nobody’s way', async () => {
  const file = path.join(data, 'running.json');
  await writeFile(file, '{ "pid": 1,');
  expect((await plumbline(bakhmach('export', '--metric', 'mrr'))).exit).toBe(0);
  const trace = { pid: 1, url: 'http://127.0.0.1:1', token: 'x', seeds, kind: 'up' };
  await writeFile(file, JSON.stringify(trace));
  expect((await plumbline(bakhmach('export', '--metric', 'mrr'))).exit).toBe(0);
  expect(await readFile(file, 'utf8').catch(() => 'gone')).toBe('gone');
});

it(
  'commands at the same time wait for each other',
  async () => {
    const days = ['2026-01-10', '2026-01-11', '2026-01-12', '2026-01-13'];
    const answers = await Promise.all(
      days.map((day, index) => plumbline(bakhmach('record', 'enterprise_pilots', String(index), '--day', day))),
    );
    expect(answers.map(({ exit, out }) => [exit, out])).toEqual(
      days.map(() => [0, '1 value recorded, 0 unchanged.\n']),
    );
    const { out } = await plumbline(bakhmach('export', '--metric', 'enterprise_pilots'));
    expect(
      out
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split(',').slice(2, 4).join(' ')),
    ).toEqual(days.map((day, index) => `${day} ${index}`));
  },
  SECONDS,
);

it(
  'while "up" runs, commands go to it, a second "up" is refused, and Ctrl-C ends it well',
  async () => {
    const words = ['up', '--port', '0', '--as-of', '2026-01-15', ...here()];
    const { child, ended, said } = start(words);
    await until(() => said().includes('Ctrl-C'), 'it serves');
    const url = /Open\s+(http:\S+)/.exec(said())?.[1] ?? '';
    expect((await fetch(new URL('/v1/workspaces', url))).status).toBe(200);

    expect(await plumbline(words)).toEqual({
      exit: 2,
      out: '',
      err: `a running "plumbline up" has ${data} open already; stop it, or name another folder with --data\n`,
    });
    expect((await plumbline(bakhmach('status', '--now', '2026-01-20T00:00:00Z'))).err).toMatch(
      /^--now needs a machine of its own: stop the running "plumbline up"/,
    );
    const elsewhere = await plumbline(['status', '--workspace', 'bakhmach', ...here(data, await seedsOf('bakhmach'))]);
    expect([elsewhere.exit, elsewhere.err]).toEqual([2, expect.stringContaining(`open with the seeds ${seeds}`)]);

    expect((await plumbline(bakhmach('record', 'members', '101', '--day', '2026-01-15'))).exit).toBe(0);
    const answer = await fetch(new URL('/v1/workspaces/bakhmach/snapshots/2026-01-15/members', url));
    expect(await answer.json()).toMatchObject({ value: 101 });

    child.kill('SIGINT');
    expect((await ended).exit).toBe(0);
    expect(await readFile(path.join(data, 'running.json'), 'utf8').catch(() => 'gone')).toBe('gone');
  },
  SECONDS,
);
