import { readFile } from 'node:fs/promises';
import { addDays } from '@plumbline/core/day';
import { toInstant } from '@plumbline/core/zone';
import { commands } from '../packages/cli/commands/index.ts';
import { dispatch as dispatcher } from '@plumbline/functions/dispatch';
import { runNight, sendWaiting } from '@plumbline/local/nights';
import { judgeAndClose } from '@plumbline/night/close';
import { dispatch } from '@plumbline/night/dispatch';
import { pullNight } from '@plumbline/night/pull';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Studio } from './foreign/studio.ts';
import { LAST, NOW, at, studios } from './foreign/studio.ts';
import { startSmtp } from './foreign/smtp.ts';
import { tidyUp } from './support.ts';

tidyUp();

/** What handlers say of messages that failed. */
const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
beforeEach(() => said.mockClear());

const { founded, open } = studios();

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EVE = addDays(LAST, -1);

const named = (mails: readonly { id: string; state: string }[]) => mails.map(({ id, state }) => `${id} ${state}`);
const found = (transitions: readonly { kind: string; indicator: string }[]) =>
  transitions.map(({ kind, indicator }) => `${kind} ${indicator}`);
const states = (sources: readonly { source: string; state: string; written: number }[]) =>
  Object.fromEntries(sources.map(({ source, state, written }) => [source, `${state} ${written}`]));

const nightSchema = z.looseObject({
  day: z.string(),
  sources: z.array(
    z.looseObject({ source: z.string(), state: z.string(), written: z.int(), error: z.string().nullable() }),
  ),
});

/** The `night` command, as its process runs it. */
async function nightCommand({ machine }: Studio, args: Record<string, unknown> = {}) {
  const outcome = await commands.get('night')?.run(machine, { workspace: 'studio', ...args }, () => undefined);
  return { exit: outcome?.exit, data: nightSchema.parse(outcome?.data) };
}

describe('a night that is asked for one source', () => {
  it('stays open and mails nobody; the next whole run closes it with one mail', async () => {
    const one = await founded();
    const part = await runNight(one.machine, one.site, LAST, { again: true, only: 'stripe' });
    expect([part.closed, states(part.sources), part.mails, await one.mails()]).toEqual([
      false,
      { stripe: 'ok 10' },
      [],
      [],
    ]);
    const whole = await runNight(one.machine, one.site, LAST, { again: true });
    expect([whole.closed, states(whole.sources)]).toEqual([true, { stripe: 'ok 0', uptime: 'ok 3' }]);
    expect(named(whole.mails)).toEqual([`mail_studio_${LAST}_cfo sent`]);
    expect(await one.mails()).toEqual([`mail_studio_${LAST}_cfo`]);
    expect((await one.events()).filter((event) => /^(Night|Source)/.test(event))).toEqual([`Night Completed ${LAST}`]);
  });
});

describe('a key that was revoked', () => {
  it('is a failure of the run that met it, though what was brought before stands; accepted again, all is well', async () => {
    const one = await founded();
    expect((await nightCommand(one)).exit).toBe(0);
    const before = await one.site.store.snapshots.span('studio', LAST, LAST);
    one.servers.stripe.fault = 'refuses';
    const { exit, data } = await nightCommand(one);
    expect([exit, states(data.sources)]).toEqual([3, { stripe: 'failed 0', uptime: 'ok 0' }]);
    expect(data.sources[0]?.error).toMatch(/^\[stripe\] GET \/v1\/subscriptions answered 401: the key is not accepted/);
    one.servers.uptime.fault = 'refuses';
    const none = await nightCommand(one);
    expect([none.exit, states(none.data.sources)]).toEqual([1, { stripe: 'failed 0', uptime: 'failed 0' }]);
    // The same failure once more is this run's too.
    expect((await nightCommand(one)).exit).toBe(1);
    expect(await one.site.store.snapshots.span('studio', LAST, LAST)).toEqual(before);
    one.servers.stripe.fault = undefined;
    one.servers.uptime.fault = undefined;
    const well = await nightCommand(one);
    expect([well.exit, states(well.data.sources)]).toEqual([0, { stripe: 'ok 0', uptime: 'ok 0' }]);
    expect(await one.site.store.snapshots.span('studio', LAST, LAST)).toEqual(before);
    const night = await one.site.store.nights.get('studio', LAST);
    expect(night?.sources.map(({ lastError }) => lastError)).toEqual([undefined, undefined]);
  });
});

describe('a record for a past day', () => {
  it('after its verdict corrects it in the newest night: at once where that DRI has had no mail of it, else with the next', async () => {
    const one = await founded({ now: toInstant('2026-03-22T06:00:00Z'), plan: ['mrr', 'calls', 'interviews'] });
    await one.record('calls', '2026-03-13', 1);
    await one.record('interviews', '2026-03-13', 1);
    await one.past('2026-03-17');
    const verdict = await runNight(one.machine, one.site, EVE);
    expect(found(verdict.transitions).toSorted()).toEqual(['missed calls', 'missed interviews']);
    expect(named(verdict.mails)).toEqual([`mail_studio_${EVE}_cfo sent`, `mail_studio_${EVE}_cpo sent`]);
    expect(named((await runNight(one.machine, one.site, LAST)).mails)).toEqual([`mail_studio_${LAST}_cfo sent`]);

    await one.record('calls', '2026-03-14', 2);
    await one.record('interviews', '2026-03-14', 2);
    const again = await runNight(one.machine, one.site, LAST, { again: true });
    expect(found(again.transitions).toSorted()).toEqual(['corrected calls', 'corrected interviews']);
    expect(named(again.mails)).toEqual([`mail_studio_${LAST}_cpo sent`]);
    const next = addDays(LAST, 1);
    expect(named((await runNight(one.machine, one.site, next)).mails)).toEqual([`mail_studio_${next}_cfo sent`]);
    expect(await one.mails()).toEqual([
      `mail_studio_${EVE}_cfo`,
      `mail_studio_${EVE}_cpo`,
      `mail_studio_${LAST}_cfo`,
      `mail_studio_${LAST}_cpo`,
      `mail_studio_${next}_cfo`,
    ]);
  });
});

describe('a mail service that is away', () => {
  it('leaves the mail waiting, which the run says; back again it gets it once', async () => {
    const place = await startSmtp();
    await place.close();
    const one = await founded({ smtp: `smtp://127.0.0.1:${place.port}` });
    const { closed, mails, unsent } = await runNight(one.machine, one.site, LAST);
    expect([closed, mails]).toEqual([true, []]);
    expect(unsent).toMatch(
      new RegExp(`^\\[mail\\] mail_studio_${LAST}_cfo was not accepted: \\[smtp\\] .*ECONNREFUSED`),
    );
    expect(await sendWaiting(one.machine, one.site)).toBe(unsent);

    const back = await startSmtp(place.port);
    open.push(back);
    expect(await sendWaiting(one.machine, one.site)).toBeUndefined();
    expect(await sendWaiting(one.machine, one.site)).toBeUndefined();
    expect(back.recipients).toEqual(['cfo@studio.example']);
    expect(named(await one.site.store.mails.list('studio', LAST, LAST))).toEqual([`mail_studio_${LAST}_cfo sent`]);
  });
});

describe('the day of a night', () => {
  it('is yesterday there, also before three in the morning, and no later one', async () => {
    // Half past one in Kyiv on 2026-03-20.
    const one = await founded({ now: toInstant('2026-03-19T23:30:00Z') });
    const { exit, data } = await nightCommand(one);
    expect([exit, data.day]).toEqual([0, LAST]);
    await expect(nightCommand(one, { day: addDays(LAST, 1) })).rejects.toThrow(
      `2026-03-20 is not over yet in studio; the last day that is: ${LAST}`,
    );
  });
});

describe('the dispatcher', () => {
  const opened = async (one: Studio) => dispatch(at(one.site, NOW - 25 * MINUTE), LAST);
  const wake = (one: Studio) => dispatcher(one.machine.world)();

  it('queues the pulls of an open night again that nothing at all has come of', async () => {
    const one = await founded();
    await opened(one);
    expect(await wake(one)).toEqual({ opened: 1, pulls: 2 });
    await one.machine.settle();
    expect((await one.site.store.nights.get('studio', LAST))?.closedAt).toBeGreaterThanOrEqual(NOW);
  });

  it('queues those again, once, that have not come in where others have', async () => {
    const one = await founded();
    await opened(one);
    await pullNight(one.site, 'uptime', LAST);
    const later = { ...one.machine.world, site: () => at(one.site, NOW + 11 * MINUTE) };
    expect([await dispatcher(later)(), await wake(one)]).toEqual([
      { opened: 0, pulls: 0 },
      { opened: 1, pulls: 1 },
    ]);
    await one.machine.settle();
    expect((await one.site.store.nights.get('studio', LAST))?.closedAt).toBeGreaterThanOrEqual(NOW);
  });

  it('leaves a night alone that was opened a moment ago', async () => {
    const one = await founded();
    await dispatch(one.site, LAST);
    expect(await wake(one)).toEqual({ opened: 0, pulls: 0 });
  });
});

describe('a source that does not come in', () => {
  it.each([
    // Six in the morning there; a night that was opened late has its three hours too.
    ['in time', toInstant('2026-03-20T01:00:00Z'), toInstant('2026-03-20T04:00:00Z')],
    ['late', NOW, NOW + 3 * HOUR],
  ])('has failed, and is named, when the hour strikes for a night that was opened %s', async (_, begins, closes) => {
    const one = await founded();
    await dispatch(at(one.site, begins), LAST);
    await pullNight(one.site, 'uptime', LAST);
    expect(await judgeAndClose(at(one.site, closes - 1), LAST)).toBe(false);
    expect(await judgeAndClose(at(one.site, closes), LAST)).toBe(true);
    await one.machine.settle();
    const night = await one.site.store.nights.get('studio', LAST);
    expect([night?.closedAt, night?.sources.map(({ source, state, error }) => [source, state, error])]).toEqual([
      closes,
      [
        ['stripe', 'failed', '[stripe] did not come in before the night closed'],
        ['uptime', 'ok', undefined],
      ],
    ]);
    expect((await one.events()).filter((event) => /^(Night|Source)/.test(event)).toSorted()).toEqual([
      `Night Completed ${LAST}`,
      'Source Failed stripe',
    ]);
    expect(await one.mails()).toContain(`mail_studio_${LAST}_cto`);
  });
});

describe('a message that fails again and again', () => {
  it('is given up after its third try, and lies in dead-letters.jsonl', async () => {
    const one = await founded();
    const message = { workspace: 'studio', source: 'stripe', day: LAST };
    // A night that nobody opened.
    await one.machine.world.sendPulls([message]);
    await one.machine.settle();
    const lines = (await readFile(one.machine.files.deadLetters, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { queue: 'pull-stripe', body: JSON.stringify(message), error: 'named in batchItemFailures' },
    ]);
    expect(said.mock.calls.map((words) => String(words[0]))).toEqual(
      Array.from({ length: 3 }, () => expect.stringContaining(`the night of ${LAST} of studio is not open`)),
    );
    expect((await runNight(one.machine, one.site, LAST)).closed).toBe(true);
  });

  it('is what a run says of its source', async () => {
    const one = await founded();
    const { pulls } = one.site.store;
    const lost = () => Promise.reject(new Error('the table is away'));
    Object.assign(one.site, {
      store: { ...one.site.store, pulls: { ...pulls, record: lost, fail: lost } },
    });
    const { closed, sources } = await runNight(one.machine, one.site, LAST);
    expect([closed, sources.map(({ source, state, error }) => [source, state, error])]).toEqual([
      false,
      ['stripe', 'uptime'].map((source) => [
        source,
        'failed',
        'did not run; dead-letters.jsonl in the data folder holds its message, and the lines above say why',
      ]),
    ]);
  });
});
