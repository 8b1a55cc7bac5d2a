import { silentLog } from '@plumbline/core/ports';
import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import { toInstant } from '@plumbline/core/zone';
import type { LocalSite, Machine } from '@plumbline/local/machine';
import { startMachine } from '@plumbline/local/machine';
import { backfill, bringInThePast, replay, runDueNights, runNight } from '@plumbline/local/nights';
import { describe, expect, it } from 'vitest';
import type { Studio } from './foreign/studio.ts';
import { LAST, START, studios } from './foreign/studio.ts';
import { recordRows } from '@plumbline/night/record';
import { seedsOf, temporaryFolder, tidyUp } from './support.ts';

tidyUp();

const { founded, open } = studios();

const nothing = (): void => undefined;

/** What a start does: the past, then the nights that are due. Answers what failed of the past. */
async function startUp({ machine, site }: Studio, through: (day: string) => void = nothing) {
  const failed = await bringInThePast(site, through);
  await runDueNights(machine, site, nothing);
  return failed.map(({ source, state }) => `${source} ${state}`);
}

/** The plan's days are all there, and people only heard of the last one. */
async function expectOnlyTheLastNightIsTold(one: Studio): Promise<void> {
  const days = daysFrom(START, LAST);
  expect(await one.daysOf('mrr')).toEqual(days);
  expect(await one.daysOf('uptime')).toEqual(days);
  expect((await one.events()).toSorted()).toEqual([
    'Indicator Missed mrr',
    `Night Completed ${LAST}`,
    'Snapshots Recorded stripe',
    'Snapshots Recorded uptime',
  ]);
  expect(await one.mails()).toEqual([`mail_studio_${LAST}_cfo`]);
  const nights = await one.site.store.nights.list('studio', START, LAST);
  expect(nights.filter(({ closedAt, silent, day }) => closedAt === undefined || silent !== day < LAST)).toEqual([]);
  expect(nights.flatMap(({ sources }) => sources).filter(({ state }) => state === 'failed')).toEqual([]);
}

type Pulls = LocalSite['store']['pulls'];
type Recorded = Parameters<Pulls['record']>[0];
type Failed = Parameters<Pulls['fail']>[0];

/** A site whose machine loses its power when a source comes in for a night from this day on. */
function dyingFrom(site: LocalSite, name: string, from: string): LocalSite {
  const { pulls } = site.store;
  const unless = <Input extends { source: string; night: string }, Result>(
    write: (input: Input) => Promise<Result>,
  ) => {
    return (input: Input): Promise<Result> =>
      input.source === name && input.night >= from ? Promise.reject(new Error('no power')) : write(input);
  };
  const dying = {
    ...pulls,
    record: unless((input: Recorded) => pulls.record(input)),
    fail: unless((input: Failed) => pulls.fail(input)),
  };
  return { ...site, store: { ...site.store, pulls: dying } };
}

describe('a first start', () => {
  it('brings the whole past silently, and tells of the last night', async () => {
    const one = await founded();
    expect(await startUp(one)).toEqual([]);
    await expectOnlyTheLastNightIsTold(one);
    const early = await one.site.store.transitions.list('studio', START, addDays(LAST, -1));
    expect(early.map(({ indicator, to, silent, mail }) => [indicator, to, silent, mail.state])).toContainEqual([
      'mrr-early',
      'missed',
      true,
      'none',
    ]);
  });

  it('that was interrupted in the second month goes on without a hole, and tells nobody of the past', async () => {
    const one = await founded();
    const dying = dyingFrom(one.site, 'uptime', '2026-02-01');
    await expect(bringInThePast(dying, nothing)).rejects.toThrow('no power');
    const months: string[] = [];
    expect(await startUp(one, (day) => months.push(day))).toEqual([]);
    expect(months).toEqual(['2026-03-01', '2026-03-18']);
    await expectOnlyTheLastNightIsTold(one);
  });

  it('that was interrupted after the pulls of its last month still judges them silently', async () => {
    const one = await founded();
    const stop = (day: string) => {
      if (day >= '2026-03-18') throw new Error('no power');
    };
    await expect(bringInThePast(one.site, stop)).rejects.toThrow('no power');
    expect(await startUp(one)).toEqual([]);
    await expectOnlyTheLastNightIsTold(one);
  });

  it.each([
    ['January', START, '2026-01-31'],
    ['days from before the plan into its third month', '2025-12-20', '2026-03-05'],
    ['some days in the middle', '2026-02-05', '2026-02-20'],
  ])('after a backfill of %s leaves no hole either', async (_, from, to) => {
    const one = await founded();
    await backfill(one.site, toDay(from), toDay(to));
    expect(await startUp(one)).toEqual([]);
    expect((await one.daysOf('mrr')).filter((day) => day < START)).toEqual(
      from < START ? daysFrom(toDay(from), addDays(START, -1)) : [],
    );
    if (from >= START) await expectOnlyTheLastNightIsTold(one);
    expect((await one.daysOf('uptime')).filter((day) => day >= START)).toEqual(daysFrom(START, LAST));
    expect(await one.mails()).toEqual([`mail_studio_${LAST}_cfo`]);
    const nights = await one.site.store.nights.list('studio', toDay(from), LAST);
    expect(nights.flatMap(({ sources }) => sources).filter(({ state }) => state === 'failed')).toEqual([]);
  });

  it('after a backfill of one source brings the other', async () => {
    const one = await founded();
    await backfill(one.site, START, toDay('2026-03-10'), { only: 'stripe' });
    expect([(await one.daysOf('mrr')).length, await one.daysOf('uptime')]).toEqual([69, []]);
    expect(await startUp(one)).toEqual([]);
    await expectOnlyTheLastNightIsTold(one);
  });
});

describe('a source that failed for a part of the past', () => {
  it('is answered, and is brought in by the next start', async () => {
    const one = await founded();
    const refuseInTheSecondMonth = (through: string) => {
      one.servers.uptime.fault = through < '2026-02-01' ? 'refuses' : undefined;
    };
    expect(await startUp(one, refuseInTheSecondMonth)).toEqual(['uptime failed']);
    const missing = daysFrom(toDay('2026-01-31'), toDay('2026-03-01'));
    expect(await one.daysOf('uptime')).toEqual(daysFrom(START, LAST).filter((day) => !missing.includes(day)));
    expect(await startUp(one)).toEqual([]);
    expect(await one.daysOf('uptime')).toEqual(daysFrom(START, LAST));
    expect(await one.mails()).toEqual([`mail_studio_${LAST}_cfo`]);
  });

  it('and is well again on the first night that is told is not taken to have brought what that night could not reach', async () => {
    const one = await founded();
    const refuseFromTheSecondMonthOn = (through: string) => {
      one.servers.uptime.fault = through < '2026-03-18' ? 'refuses' : undefined;
    };
    expect(await startUp(one, refuseFromTheSecondMonthOn)).toEqual(['uptime failed', 'uptime failed']);
    expect((await one.daysOf('uptime')).at(-1)).toBe(LAST);
    expect(await startUp(one)).toEqual([]);
    expect(await one.daysOf('uptime')).toEqual(daysFrom(START, LAST));
  });

  it('and is still dead is mailed to the fallback DRI on the first night that is told, and not again', async () => {
    const one = await founded({ now: toInstant('2026-03-22T06:00:00Z'), plan: ['mrr-early'] });
    one.servers.uptime.fault = 'refuses';
    const failed = (await bringInThePast(one.site, nothing)).map(({ source, state }) => `${source} ${state}`);
    expect(failed).toEqual(['uptime failed', 'uptime failed', 'uptime failed']);
    expect(await one.mails()).toEqual([]);
    const nights = [toDay('2026-03-21'), toDay('2026-03-22')];
    const mails = [];
    for (const day of nights) mails.push((await runNight(one.machine, one.site, day)).mails.map(({ id }) => id));
    expect(mails).toEqual([['mail_studio_2026-03-21_cto'], []]);
  });
});

describe('a demo', () => {
  const FIFTH = toDay('2026-01-06');
  const BAKHMACH = toDay('2026-01-02');

  async function demo(): Promise<{ machine: Machine; site: LocalSite }> {
    const seeds = await seedsOf('bakhmach');
    const machine = await startMachine({ data: await temporaryFolder(), seeds, env: {}, log: silentLog });
    open.push(machine);
    return { machine, site: machine.site('bakhmach') };
  }

  const numbers = async ({ store }: LocalSite) =>
    (await store.snapshots.span('bakhmach', BAKHMACH, FIFTH)).map(
      ({ day, metric, value, revision }) => `${day} ${metric} ${value} ${revision}`,
    );

  const recorded = async ({ store }: LocalSite) =>
    (await store.snapshots.span('bakhmach', BAKHMACH, FIFTH))
      .filter(({ source }) => source === 'record')
      .map(({ day, metric, value }) => `${day} ${metric} ${value}`);

  it('asked for its fifth night lives through the four before it first', async () => {
    const [asked, replayed] = [await demo(), await demo()];
    const nights: string[] = [];
    await runNight(asked.machine, asked.site, FIFTH, { onNight: (day) => nights.push(day) });
    expect(nights).toEqual(daysFrom(BAKHMACH, addDays(FIFTH, -1)));
    await replay(replayed.machine, [replayed.site], FIFTH, nothing);
    expect(await numbers(asked.site)).toEqual(await numbers(replayed.site));
    expect((await recorded(asked.site)).length).toBeGreaterThan(0);
  });

  it('goes on from the end of a backfill, with what people recorded', async () => {
    const [filled, replayed] = [await demo(), await demo()];
    await backfill(filled.site, BAKHMACH, addDays(FIFTH, -2));
    const nights: string[] = [];
    await replay(filled.machine, [filled.site], FIFTH, (_, day) => nights.push(day));
    expect(nights).toEqual([addDays(FIFTH, -1), FIFTH]);
    await replay(replayed.machine, [replayed.site], FIFTH, nothing);
    expect(await recorded(filled.site)).toEqual(await recorded(replayed.site));
    expect((await recorded(filled.site)).length).toBeGreaterThan(0);
  });

  it('keeps what somebody corrected when its night runs again', async () => {
    const { machine, site } = await demo();
    await replay(machine, [site], BAKHMACH, nothing);
    const before = await site.store.snapshots.one('bakhmach', BAKHMACH, 'members');
    const value = (before?.value ?? 0) + 1;
    await recordRows(site, [{ metric: 'members', day: BAKHMACH, value }], 'a test');
    await runNight(machine, site, BAKHMACH, { again: true });
    expect(await site.store.snapshots.one('bakhmach', BAKHMACH, 'members')).toMatchObject({ value, revision: 2 });
  });
});
