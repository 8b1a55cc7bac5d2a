import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { addDays, toDay } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import { dispatch as dispatcher } from '@plumbline/functions/dispatch';
import { pull } from '@plumbline/functions/pull';
import type { World } from '@plumbline/functions/world';
import { startMachine } from '@plumbline/local/machine';
import { backfill, runNight } from '@plumbline/local/nights';
import { judgeAndClose } from '@plumbline/night/close';
import type { PullMessage } from '@plumbline/night/dispatch';
import { dispatch } from '@plumbline/night/dispatch';
import { MOST_RUNS, pullNight } from '@plumbline/night/pull';
import type { SQSEvent } from 'aws-lambda';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SlowOptions } from './foreign/slow-source.ts';
import { replaceStripe, slowPuller } from './foreign/slow-source.ts';
import type { Studio } from './foreign/studio.ts';
import { LAST, NOW, START, at, studios } from './foreign/studio.ts';
import { STRIPE_KEY } from './foreign/stripe.ts';
import { eventsIn, seedsWith, temporaryFolder, tidyUp } from './support.ts';

tidyUp();

/** What handlers say of messages that failed. */
const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
beforeEach(() => said.mockClear());

const { founded } = studios();

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const HOUR = 60 * MINUTE;

async function slow(options: SlowOptions, more: { backfillDays?: number } = {}) {
  const one = await founded();
  const { asked, puller } = slowPuller(options);
  replaceStripe(one.site, puller, more);
  return { one, asked, puller };
}

const mrrOf = async ({ site }: Studio, day = LAST) => (await site.store.snapshots.one('studio', day, 'mrr'))?.value;
const resultOf = async ({ site }: Studio, source = 'stripe') =>
  (await site.store.nights.get('studio', LAST))?.sources.find((result) => result.source === source);
const remembered = ({ site }: Studio) => site.store.pulls.memory('studio', 'stripe').get('reading');
const told = async (one: Studio) =>
  (await one.events()).filter((event) => /^(Night|Source|Snapshots)/.test(event)).toSorted();

/** A world whose clock stands, and which keeps the messages that it is asked to send. */
function standing(one: Studio, now = NOW) {
  const sent: PullMessage[] = [];
  const world: World = {
    ...one.machine.world,
    site: () => at(one.site, now),
    sendPulls: async (messages) => void sent.push(...messages),
  };
  return { world, sent };
}

/** One message as SQS hands it to the function, which has so much time for it. Answers whether it is done with. */
async function receive(world: World, message: PullMessage, left = QUARTER): Promise<boolean> {
  const event = { Records: [{ messageId: 'one', body: JSON.stringify(message) }] } as SQSEvent;
  const { batchItemFailures } = await pull(world)(event, { getRemainingTimeInMillis: () => left });
  return batchItemFailures.length === 0;
}

const FIRST: PullMessage = { workspace: 'studio', source: 'stripe', day: LAST };
const goesOn = (runs: number, since = NOW) => ({ ...FIRST, goesOn: { since, runs, note: `${runs} of 3 parts` } });

describe('a pull that needs three runs', () => {
  it('goes on where it stopped, within one night that is told of once', async () => {
    const { one, asked } = await slow({ parts: 3 });
    const { closed, sources } = await runNight(one.machine, one.site, LAST);
    expect([closed, sources.map(({ source, state, written }) => [source, state, written])]).toEqual([
      true,
      [
        ['stripe', 'ok', 1],
        ['uptime', 'ok', 3],
      ],
    ]);
    expect(asked.map(({ from, to, part, deadline }) => [from, to, part, deadline])).toEqual(
      [0, 1, 2].map((part) => [LAST, LAST, part, undefined]),
    );
    expect([await mrrOf(one), await remembered(one)]).toEqual([30_000, undefined]);
    expect(await told(one)).toEqual([
      `Night Completed ${LAST}`,
      'Snapshots Recorded stripe',
      'Snapshots Recorded uptime',
    ]);
  });

  it('writes no number before its last run, and nothing of a failure', async () => {
    const { one } = await slow({ parts: 3 });
    await dispatch(one.site, LAST);
    for (const runs of [1, 2]) {
      const result = await pullNight(at(one.site, NOW + runs), 'stripe', LAST);
      expect(result).toEqual({
        source: 'stripe',
        state: 'unfinished',
        goesOn: { since: NOW + runs, runs: 1, note: `${runs} of 3 parts` },
      });
      expect([await mrrOf(one), await resultOf(one), await remembered(one)]).toEqual([
        undefined,
        undefined,
        Uint8Array.of(runs),
      ]);
    }
    expect(await pullNight(at(one.site, NOW), 'stripe', LAST)).toMatchObject({ state: 'ok', written: 1 });
  });

  it('keeps what it had read when a run fails, for the next one', async () => {
    let fails = true;
    const { one, asked } = await slow({
      parts: 3,
      meanwhile: (read) => {
        if (read === 2 && fails) throw new Error('the vendor is away');
      },
    });
    const { sources } = await runNight(one.machine, one.site, LAST);
    expect(sources[0]).toMatchObject({ source: 'stripe', state: 'failed', error: 'the vendor is away' });
    expect([await mrrOf(one), await remembered(one)]).toEqual([undefined, Uint8Array.of(2)]);
    fails = false;
    const again = await runNight(one.machine, one.site, LAST, { again: true });
    expect(again.sources[0]).toMatchObject({ source: 'stripe', state: 'ok', written: 1 });
    expect([asked.map(({ part }) => part), await mrrOf(one)]).toEqual([[0, 1, 2], 30_000]);
  });

  it('may remember more than fits into a few messages to the table: it is written as it comes', async () => {
    const bytes = new Uint8Array(400_000).fill(1);
    const one = await founded();
    const seen: (number | undefined)[] = [];
    replaceStripe(one.site, {
      async *pull(_, { memory }) {
        for (const key of ['a', 'b', 'c', 'd']) {
          yield { kind: 'memory', key, bytes };
          seen.push((await memory.get('a'))?.length);
        }
      },
      check: async () => ({ sees: '', warnings: [] }),
    });
    await dispatch(one.site, LAST);
    await pullNight(one.site, 'stripe', LAST);
    expect(seen).toEqual([undefined, undefined, bytes.length, bytes.length]);
    expect(await one.site.store.pulls.memory('studio', 'stripe').get('d')).toEqual(bytes);
  });
});

describe('a pull that gets nowhere', () => {
  it('has failed, loudly, after a whole run that left things as they were', async () => {
    const { one, asked } = await slow({ parts: 99, note: () => 'waiting for the vendor' });
    const { sources } = await runNight(one.machine, one.site, LAST);
    expect(sources[0]).toMatchObject({
      state: 'failed',
      error: '[stripe] got no further in a whole run: waiting for the vendor',
    });
    expect([asked.length, await told(one)]).toEqual([
      2,
      [`Night Completed ${LAST}`, 'Snapshots Recorded uptime', 'Source Failed stripe'],
    ]);
  });

  it('has failed after twelve runs, and the next night goes on with what they read', async () => {
    const { one, asked } = await slow({ parts: 14 });
    const { sources } = await runNight(one.machine, one.site, LAST);
    expect(sources[0]).toMatchObject({
      state: 'failed',
      error: `[stripe] ran out of time ${MOST_RUNS} times: 12 of 14 parts`,
    });
    expect((await runNight(one.machine, one.site, LAST, { again: true })).sources[0]?.state).toBe('ok');
    expect([asked.length, await mrrOf(one)]).toEqual([14, 140_000]);
  });
});

describe('a function with a quarter of an hour', () => {
  it('gives each run its deadline and wakes the next one itself', async () => {
    const { one, asked } = await slow({ parts: 3 });
    const { world, sent } = standing(one);
    await dispatch(one.site, LAST);
    expect(await receive(world, FIRST)).toBe(true);
    expect(await receive(world, goesOn(1))).toBe(true);
    expect(await receive(world, goesOn(2))).toBe(true);
    expect(sent).toEqual([goesOn(1), goesOn(2)]);
    expect(asked.map(({ part, deadline }) => [part, deadline])).toEqual(
      [0, 1, 2].map((part) => [part, NOW + QUARTER - 90_000]),
    );
    expect([await mrrOf(one), (await resultOf(one))?.state]).toEqual([30_000, 'ok']);
  });

  it('takes an old message of a night that has come in for done', async () => {
    const { one, asked } = await slow({ parts: 3 });
    const { world, sent } = standing(one);
    await dispatch(one.site, LAST);
    for (const message of [FIRST, goesOn(1), goesOn(2)]) await receive(world, message);
    const before = await one.site.store.nights.get('studio', LAST);
    expect([await receive(world, goesOn(1)), await receive(world, goesOn(2))]).toEqual([true, true]);
    expect([asked.length, sent.length]).toEqual([3, 2]);
    expect(await one.site.store.nights.get('studio', LAST)).toEqual(before);
  });

  it('lets a second copy of a message, or another night, wait while a run is at it', async () => {
    const inside: boolean[] = [];
    const { one, asked } = await slow({
      parts: 2,
      meanwhile: async (read) => {
        if (read === 1) inside.push(await receive(world, FIRST), await receive(world, { ...FIRST, day: EVE }));
      },
    });
    const { world, sent } = standing(one);
    const EVE = addDays(LAST, -1);
    await dispatch(one.site, EVE);
    await dispatch(one.site, LAST);
    expect(await receive(world, FIRST)).toBe(true);
    expect([inside, asked.length, sent]).toEqual([
      [false, false],
      1,
      [{ ...FIRST, goesOn: { since: NOW, runs: 1, note: '1 of 2 parts' } }],
    ]);
    expect(said.mock.calls.map(([line]) => String(line))).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('[stripe] another run is pulling studio')),
    );
    // Between the runs of one night no other night comes in; the copy may take the next run's place.
    expect(await receive(world, { ...FIRST, day: EVE })).toBe(false);
    expect(await receive(world, FIRST)).toBe(true);
    expect([asked.map(({ part }) => part), await mrrOf(one)]).toEqual([[0, 1], 20_000]);
    expect(await receive(world, { ...FIRST, goesOn: { since: NOW, runs: 1, note: '1 of 2 parts' } })).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('whose run was cut off before it could say anything is tried again when its time is over', async () => {
    const { one, asked } = await slow({ parts: 1 });
    await dispatch(one.site, LAST);
    await one.site.store.pulls.claim({ ...FIRST, night: LAST, until: NOW + QUARTER }, NOW);
    expect(await receive(standing(one, NOW + QUARTER - 1).world, FIRST)).toBe(false);
    expect(await receive(standing(one, NOW + QUARTER).world, FIRST)).toBe(true);
    expect([asked.length, await mrrOf(one)]).toEqual([1, 10_000]);
  });
});

describe('a night whose source still goes on', () => {
  it('is left alone by the dispatcher, until the next run is overdue', async () => {
    const { one } = await slow({ parts: 3 });
    await dispatch(at(one.site, NOW - 25 * MINUTE), LAST);
    await receive(standing(one).world, FIRST);
    const wake = async (now: number) => {
      const { world, sent } = standing(one, now);
      return [await dispatcher(world)(), sent.length];
    };
    expect(await wake(NOW + HOUR - 1)).toEqual([{ opened: 0, pulls: 0 }, 0]);
    expect(await wake(NOW + HOUR)).toEqual([{ opened: 1, pulls: 2 }, 2]);
  });

  it('closes at its hour and says that it is late; what comes in afterwards is judged', async () => {
    const { one } = await slow({ parts: 3 });
    await one.past('2026-03-18');
    await one.machine.settle();
    await dispatch(one.site, LAST);
    await pullNight(one.site, 'uptime', LAST);
    const closes = NOW + 3 * HOUR + MINUTE;
    const { world } = standing(one, closes - 5 * MINUTE);
    await receive(world, FIRST);
    expect(await judgeAndClose(at(one.site, closes), LAST)).toBe(true);
    expect(await resultOf(one)).toMatchObject({
      state: 'failed',
      error:
        '[stripe] is late: it was still going on when the night closed (1 of 3 parts), and is judged when it is in',
    });
    const judged = async () =>
      (await one.site.store.transitions.list('studio', LAST, LAST)).map(
        ({ kind, indicator }) => `${kind} ${indicator}`,
      );
    expect(await judged()).not.toContain('missed mrr');

    const since = closes - 5 * MINUTE;
    await receive(world, goesOn(1, since));
    await receive(world, goesOn(2, since));
    await one.machine.settle();
    expect([await mrrOf(one), (await resultOf(one))?.state]).toEqual([30_000, 'ok']);
    expect(await judged()).toContain('missed mrr');
    expect((await told(one)).filter((event) => event.startsWith('Night'))).toEqual([`Night Completed ${LAST}`]);
  });
});

describe('a backfill', () => {
  it('asks each source for as many days at once as it can answer, and goes on with what is unfinished', async () => {
    const { one, asked } = await slow({ parts: 3 }, { backfillDays: 400 });
    const to = toDay('2026-03-10');
    const results = await backfill(one.site, START, to);
    expect(asked.map(({ from, to: through, part }) => [from, through, part])).toEqual(
      [0, 1, 2].map((part) => [START, to, part]),
    );
    expect(results.map(({ source, state }) => `${source} ${state}`)).toEqual([
      'uptime ok',
      'uptime ok',
      'stripe ok',
      'uptime ok',
    ]);
    expect(await one.site.store.pulls.pulled('studio', 'stripe')).toEqual({ from: START, through: to });
    expect([await backfill(one.site, START, to), asked.length, await one.events()]).toEqual([[], 3, []]);
  });

  it('that is longer than a source answers at once asks in pieces, each source in its own', async () => {
    const { one, asked } = await slow({ parts: 1 }, { backfillDays: 40 });
    await backfill(one.site, START, toDay('2026-03-10'));
    expect(asked.map(({ from, to }) => `${from}..${to}`)).toEqual(['2026-01-01..2026-02-09', '2026-02-10..2026-03-10']);
  });
});

describe('a process that is killed between two runs of a pull', () => {
  const SEEDS = {
    'workspace.yaml': `workspace: studio
name: Studio
timezone: Europe/Kyiv
currency: USD
dris: { cto: { title: CTO, email: cto@studio.example } }
fallbackDri: cto
sources: { stripe: {} }
`,
  };
  const SCRIPT = path.join(import.meta.dirname, 'foreign/killed-night.ts');

  it('goes on at its next start, and the night says once that all is well', async () => {
    const [seeds, data] = [await seedsWith('studio', SEEDS), await temporaryFolder()];
    const read: string[] = [];
    for (const diesIn of ['2', '3', '']) {
      const child = spawn(process.execPath, [SCRIPT, seeds, data, String(NOW), diesIn], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const closed = once(child, 'close');
      for await (const part of createInterface(child.stdout)) {
        read.push(part);
        if (part === diesIn) child.kill('SIGKILL');
      }
      expect(await closed).toEqual(diesIn === '' ? [0, null] : [null, 'SIGKILL']);
    }
    // The part that it died in had not been put down yet.
    expect(read).toEqual(['1', '2', '2', '3', '3']);
    const machine = await startMachine({
      data,
      seeds,
      env: { PLUMBLINE_STUDIO_STRIPE: STRIPE_KEY },
      log: silentLog,
      now: NOW,
    });
    const { store } = machine.site('studio');
    const night = await store.nights.get('studio', LAST);
    const numbers = await store.snapshots.span('studio', LAST, LAST);
    await machine.close();
    expect(night?.closedAt).toBeDefined();
    expect(night?.sources).toMatchObject([{ source: 'stripe', state: 'ok', written: 1 }]);
    expect(numbers.map(({ metric, value, revision }) => [metric, value, revision])).toEqual([['mrr', 30_000, 1]]);
    expect((await eventsIn(data)).map(({ type }) => type).toSorted()).toEqual([
      'Night Completed',
      'Snapshots Recorded',
    ]);
  }, 60_000);
});
