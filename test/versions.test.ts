import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { addDays } from '@plumbline/core/day';
import { runNight } from '@plumbline/local/nights';
import { planVersion } from '@plumbline/plan/parse';
import type { Plan } from '@plumbline/plan/schema';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Studio } from './foreign/studio.ts';
import { LAST, START, studios } from './foreign/studio.ts';
import { asked, plumbline, seedsOf, temporaryFolder, tidyUp } from './support.ts';

tidyUp();

const EVE = addDays(LAST, -1);
const { founded } = studios();

/** The plan file is another one when the process starts again; undefined: it has gone. */
function edit({ site: { workspace } }: Studio, change: (plan: Plan) => Plan | undefined): void {
  const plan = workspace.plan && change(workspace.plan);
  Object.assign(workspace, { plan, planVersion: plan ? planVersion(plan) : null });
}

const withIndicators = (change: (one: Plan['indicators'][number]) => Plan['indicators'][number]) => (plan: Plan) => ({
  ...plan,
  indicators: plan.indicators.map(change),
});

const transitionsOf = async ({ site: { store } }: Studio) =>
  (await store.transitions.list('studio', START, LAST)).map(({ kind, indicator, night, silent, planVersion: by }) => ({
    kind,
    indicator,
    night,
    silent,
    by,
  }));

describe('a plan that is edited between two nights', () => {
  it('is judged from then on; what was found before keeps the version that it was judged by', async () => {
    const one = await founded();
    const first = one.site.workspace.planVersion ?? '';
    await one.past(EVE);
    const before = await transitionsOf(one);
    expect(new Set(before.map(({ by }) => by))).toEqual(new Set([first]));

    edit(
      one,
      withIndicators((indicator) => (indicator.id === 'mrr' ? { ...indicator, target: '>= $100' } : indicator)),
    );
    const second = one.site.workspace.planVersion ?? '';
    const { transitions } = await runNight(one.machine, one.site, LAST, { again: true });
    expect(await transitionsOf(one)).toEqual([
      ...before,
      ...transitions.map(({ kind, indicator, night, silent, planVersion: by }) => ({
        kind,
        indicator,
        night,
        silent,
        by,
      })),
    ]);
    expect(transitions.map(({ kind, indicator, planVersion: by, target }) => [kind, indicator, by, target])).toEqual([
      ['met', 'mrr', second, '>= $100'],
    ]);

    const { store } = one.site;
    expect((await store.plans.list('studio')).map(({ version, firstNight }) => [version, firstNight])).toEqual([
      [first, expect.any(String)],
      [second, LAST],
    ]);
    expect((await store.judgements.latest('studio', EVE))?.planVersion).toBe(first);
    expect((await store.judgements.latest('studio'))?.planVersion).toBe(second);
  });

  it('mails nobody about the past, however often the night is run', async () => {
    const one = await founded();
    await one.past(LAST);
    edit(
      one,
      withIndicators((indicator) => ({ ...indicator, target: '>= $7K', by: '2026-02-01' })),
    );
    await runNight(one.machine, one.site, LAST, { again: true });
    const again = await runNight(one.machine, one.site, LAST, { again: true });
    expect([again.transitions, again.mails, await one.mails()]).toEqual([[], [], []]);
    const found = (await transitionsOf(one)).filter(({ by }) => by === one.site.workspace.planVersion);
    expect(found.map(({ kind, indicator, silent }) => [kind, indicator, silent])).toEqual([
      ['missed', 'mrr-early', true],
      ['missed', 'mrr', true],
    ]);
  });

  it('finds nothing where only the words and the person are others, and tells that person from then on', async () => {
    const one = await founded();
    await one.past(EVE);
    const before = await transitionsOf(one);
    edit(
      one,
      withIndicators((indicator) => ({ ...indicator, says: 'Five hundred', dri: 'cpo' })),
    );
    const { transitions, mails } = await runNight(one.machine, one.site, LAST, { again: true });
    expect(transitions.map(({ kind, indicator, says, dri }) => [kind, indicator, says, dri])).toEqual([
      ['missed', 'mrr', 'Five hundred', 'cpo'],
    ]);
    expect(mails.map(({ to }) => to)).toEqual(['cpo@studio.example']);
    expect((await transitionsOf(one)).slice(0, before.length)).toEqual(before);
  });

  it('that vanishes takes its states along without a word, and begins anew when it is back', async () => {
    const one = await founded();
    const { plan } = one.site.workspace;
    await one.past(EVE);
    edit(one, () => undefined);
    const { transitions, mails } = await runNight(one.machine, one.site, LAST, { again: true });
    expect([transitions, mails, (await one.site.store.judgements.latest('studio'))?.states]).toEqual([[], [], []]);
    Object.assign(one.site.workspace, { plan, planVersion: plan ? planVersion(plan) : null });
    const { transitions: back } = await runNight(one.machine, one.site, LAST, { again: true });
    expect(new Map(back.map(({ indicator, kind, silent }) => [indicator, [kind, silent]]))).toEqual(
      new Map([
        ['mrr-early', ['missed', true]],
        ['mrr', ['missed', false]],
      ]),
    );
  });
});

const diffSchema = z.object({
  from: z.looseObject({ version: z.string(), firstNight: z.string().nullable() }).nullable(),
  to: z.looseObject({ version: z.string(), file: z.string().nullable() }),
  changes: z.array(
    z.object({
      about: z.string(),
      id: z.string().nullable(),
      change: z.string(),
      words: z.string(),
      anew: z.array(z.string()),
    }),
  ),
  versions: z.array(z.object({ version: z.string(), firstNight: z.string(), at: z.string() })),
});

it('plan diff says what changed since the last night, and status as of an earlier one shows the plan as it was', async () => {
  const seeds = await seedsOf('bakhmach');
  const data = await temporaryFolder();
  const bakhmach = (...words: string[]) => [...words, '--workspace', 'bakhmach', '--seeds', seeds, '--data', data];
  expect((await plumbline(bakhmach('plan', 'diff'))).out).toMatch(/^No night of .* judged by a plan yet/);
  expect(
    (await plumbline(['up', '--once', '--port', '0', '--as-of', '2026-01-09', '--seeds', seeds, '--data', data])).exit,
  ).toBe(0);

  const file = path.join(seeds, 'bakhmach', 'plan.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, `# another comment\n${text}`);
  const same = await plumbline(bakhmach('plan', 'diff'));
  expect([same.exit, same.out.split('\n').at(-2)]).toEqual([
    0,
    "Nothing changed; comments, spacing and order don't count.",
  ]);

  await writeFile(file, text.replace('target: ">= $500"', 'target: ">= $700"'));
  const { exit, data: diff } = await asked(diffSchema, bakhmach('plan', 'diff'));
  const { changes, versions, from } = diff;
  expect([exit, changes, versions.length, from?.firstNight]).toEqual([
    0,
    [
      {
        about: 'indicator',
        id: 'mrr-week-1',
        change: 'changed',
        words: 'target >= $500 becomes >= $700',
        anew: ['mrr-week-1'],
      },
    ],
    1,
    '2026-01-02',
  ]);
  const other = path.join(await temporaryFolder(), 'old.yaml');
  await writeFile(other, text);
  const abbreviated = from?.version.slice(7, 15) ?? '';
  const back = await plumbline(bakhmach('plan', 'diff', '--from', file, '--to', other));
  expect(back.out).toContain('  mrr-week-1: target >= $700 becomes >= $500 (judged anew)\n');
  expect((await plumbline(bakhmach('plan', 'diff', '--from', abbreviated, '--to', other))).out).toContain(
    'Nothing changed',
  );
  expect(await plumbline(bakhmach('plan', 'diff', '--from', 'nowhere'))).toEqual({
    exit: 2,
    out: '',
    err: expect.stringMatching(
      /^"nowhere" is no version that bakhmach was judged by, and no file .*; there are: sha256:[0-9a-f]{12}\n$/,
    ),
  });

  expect((await plumbline(bakhmach('night', '--day', '2026-01-09'))).exit).toBe(0);
  const target = async (...asOf: string[]) =>
    (
      await asked(
        z.object({
          planVersion: z.string(),
          indicators: z.array(z.looseObject({ id: z.string(), target: z.string(), status: z.string() })),
        }),
        bakhmach('status', ...asOf),
      )
    ).data.indicators.find(({ id }) => id === 'mrr-week-1');
  expect(await target()).toMatchObject({ target: '>= $700', status: 'missed' });
  expect(await target('--as-of', '2026-01-08')).toMatchObject({ target: '>= $500', status: 'met' });
}, 60_000);
