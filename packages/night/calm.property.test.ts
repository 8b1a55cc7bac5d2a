import { group } from '@plumbline/alerts/calm';
import { rankOf } from '@plumbline/alerts/kinds';
import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween } from '@plumbline/core/day';
import type { Point } from '@plumbline/core/snapshot';
import type { Acknowledgement, HypothesisState, IndicatorState, Transition } from '@plumbline/core/status';
import type { Change } from '@plumbline/plan/judge';
import { judge } from '@plumbline/plan/judge';
import { day, metric, planOf } from '@plumbline/plan/rehearsal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

// The judge and the rules of calm, night after night, without anything between them.

const LENGTH = 60;
const PLAN_DAYS = 56;
const ENDED = 'the snooze has ended';
/** What may hide what; of several stale ones on a metric one is heard. */
const WORSE: Partial<Record<string, readonly string[]>> = {
  at_risk: ['missed'],
  reminder: ['missed'],
  stale: ['missed', 'at_risk', 'reminder', 'stale'],
};

const plan = {
  ...planOf(
    { id: 'first', target: '>= 50', by: 'week 3', dri: 'one' },
    { id: 'second', target: '>= 50', by: 'week 6', dri: 'one' },
    { id: 'mean', target: '> 50', during: 'week 2-4', aggregate: 'mean', dri: 'other' },
    { id: 'kept', target: '>= 50', maintain: 'week 2..week 7', dri: 'one' },
    { id: 'asked', metric: 's', target: '>= 50', by: 'week 5', dri: 'other' },
  ),
  end: day(PLAN_DAYS),
};
const metrics = new Map([
  ['m', metric({})],
  ['s', metric({ id: 's', source: 'mixpanel', settleNights: 1 })],
]);
const sourceOf = (id: string): string | undefined => metrics.get(id)?.source;

type Told = { value: number; other: number; isMissing: boolean; isOff: boolean };
type Answer = { night: number; pick: number; until: number | null };
type World = { told: Told[]; answers: Answer[]; fails: number[] };

/** Round the bound most of the time, so that as much as can happen happens. */
const values = fc.oneof(fc.constantFrom(49, 50, 51), fc.integer({ min: 30, max: 70 }), fc.constantFrom(0, 100));
const worlds: fc.Arbitrary<World> = fc.record({
  told: fc.array(
    fc.record({
      value: values,
      other: values,
      isMissing: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
      isOff: fc.integer({ min: 0, max: 19 }).map((one) => one === 0),
    }),
    { minLength: LENGTH, maxLength: LENGTH },
  ),
  answers: fc.array(
    fc.record({
      night: fc.integer({ min: 8, max: LENGTH }),
      pick: fc.nat(50),
      until: fc.option(fc.integer({ min: 0, max: 15 }), { freq: 3 }),
    }),
    { maxLength: 12 },
  ),
  fails: fc.array(fc.integer({ min: 1, max: LENGTH }), { maxLength: 6 }),
});

type Lived = {
  /** Everything that was found, in order. */
  found: Transition[];
  /** In whose mail of which night, by id. */
  mailed: Map<string, string[]>;
  suppressed: Map<string, string>;
  states: Map<Day, readonly IndicatorState[]>;
  given: Acknowledgement[];
};

const of = (change: Pick<Change, 'kind' | 'indicator' | 'metric' | 'to'> & Partial<Change>, night: Day, k: number) => ({
  id: `trn_${night.replaceAll('-', '')}_${String(k).padStart(3, '0')}`,
  workspace: 'w',
  says: '',
  from: 'on_track' as const,
  day: night,
  at: k,
  value: null,
  unit: 'count',
  target: '',
  gap: null,
  n: null,
  detail: null,
  forecast: null,
  requiredPace: null,
  risk: null,
  mitigation: null,
  planVersion: '',
  corrections: 0,
  demo: false,
  suppressedBy: null,
  mail: { state: 'pending' } as const,
  priority: 'must' as const,
  ...change,
  night,
  silent: change.past === true,
});

/** What happens to a company in which these values come in, these nights fail, and somebody answers so. */
function live({ told, answers, fails }: World): Lived {
  const lived: Lived = { found: [], mailed: new Map(), suppressed: new Map(), states: new Map(), given: [] };
  const latest = new Map<string, Acknowledgement>();
  let prior: IndicatorState[] = [];
  let priorHypotheses: HypothesisState[] = [];
  let failure: string | undefined;
  for (const [index, { isOff }] of told.entries()) {
    const night = day(index + 1);
    if (isOff) continue;
    const failed = fails.includes(index + 1);
    const points = told.slice(0, index + 1).flatMap(({ value, other, isMissing }, at): Point[] => {
      const about = day(at + 1);
      const common = { day: about, revision: 1, state: 'settled' as const };
      // What a failed night does not bring comes with the next one.
      const m = isMissing || (failed && at === index) ? [] : [{ ...common, metric: 'm', value }];
      const state = at === index ? ('provisional' as const) : common.state;
      return [...m, ...(isMissing ? [] : [{ ...common, metric: 's', value: other, state }])];
    });
    const acknowledgements = [...latest.values()];
    const judged = judge({ plan, metrics, points, prior, priorHypotheses, acknowledgements, night, closing: true });
    prior = judged.states;
    priorHypotheses = judged.hypotheses;
    lived.states.set(night, prior);
    const dris = new Map(plan.indicators.map(({ id, dri }) => [id, dri]));
    const fresh: Transition[] = judged.changes.map((change, k) => ({
      ...of(change, night, k),
      dri: dris.get(change.indicator) ?? 'ceo',
    }));
    if (failed && failure === undefined) {
      const down = of({ kind: 'stale', indicator: 'source:stripe', metric: '', to: 'stale' }, night, 900);
      fresh.push({ ...down, kind: 'source_failed', dri: 'ceo' });
      failure = down.id;
    } else if (!failed) failure = undefined;
    const { mails, suppressed } = group(fresh, {
      dris: { ceo: { email: 'c@w.example' }, one: { email: 'o@w.example' }, other: { email: 'p@w.example' } },
      fallbackDri: 'ceo',
      acknowledgements,
      sourceOf,
      failedSources: failed && failure !== undefined ? new Map([['stripe', failure]]) : new Map(),
    });
    lived.found.push(...fresh);
    for (const { id, by } of suppressed) lived.suppressed.set(id, by);
    for (const { dri, transitions } of mails)
      for (const { id } of transitions) lived.mailed.set(id, [...(lived.mailed.get(id) ?? []), `${night} ${dri}`]);
    for (const { pick, until } of answers.filter((one) => one.night === index + 1)) {
      const heard = lived.found.filter(({ id, kind }) => lived.mailed.has(id) && kind !== 'source_failed');
      const about = heard[heard.length - 1 - (pick % Math.max(1, heard.length))];
      if (!about) continue;
      const answer: Acknowledgement = {
        workspace: 'w',
        indicator: about.indicator,
        transition: about.id,
        reason: '',
        at: index,
        ...(until === null ? { kind: 'acknowledged' } : { kind: 'snoozed', until: addDays(night, 1 + until) }),
      };
      latest.set(about.indicator, answer);
      lived.given.push(answer);
    }
  }
  return lived;
}

const runs = { numRuns: Number(process.env['PLUMBLINE_WORLDS'] ?? 150) };
const check = (hold: (lived: Lived) => void): void =>
  fc.assert(
    fc.property(worlds, (world) => hold(live(world))),
    runs,
  );

/** Nights between each of an indicator's and the one before it. */
function apart(found: readonly Transition[], isOne: (one: Transition) => boolean): number[] {
  const own = found.filter(isOne);
  return own.slice(1).map(({ night }, index) => daysBetween(own[index]?.night ?? night, night));
}
const ids = plan.indicators.map(({ id }) => id);

describe('however numbers waver, sources fail and people answer', () => {
  it('each thing is in one mail, hidden, or nobody’s to hear', () => {
    check(({ found, mailed, suppressed }) => {
      for (const one of found) {
        const isHeard = !one.silent && rankOf(one.kind) !== undefined;
        expect([(mailed.get(one.id) ?? []).length, suppressed.has(one.id) ? 1 : 0]).toEqual(
          !isHeard ? [0, 0] : suppressed.has(one.id) ? [0, 1] : [1, 0],
        );
      }
    });
  });

  it('what is hidden names what the same person hears of the same metric, their own snooze, or the failed source', () => {
    check(({ found, mailed, suppressed, given }) => {
      const byId = new Map(found.map((one) => [one.id, one]));
      for (const [id, by] of suppressed) {
        const [hidden, hider] = [byId.get(id), byId.get(by)];
        const isSnoozed = given.some(
          ({ transition, indicator, until }) =>
            transition === by && indicator === hidden?.indicator && (until ?? '') >= (hidden?.night ?? ''),
        );
        if (isSnoozed && (hidden?.kind === 'at_risk' || hidden?.kind === 'reminder')) {
          expect(hidden.detail).not.toBe(ENDED);
          continue;
        }
        expect(mailed.has(by)).toBe(true);
        if (hider?.kind === 'source_failed') {
          expect([hidden?.kind, sourceOf(hidden?.metric ?? '')]).toEqual(['stale', 'stripe']);
          continue;
        }
        expect([hider?.metric, hider?.dri, hider?.night]).toEqual([hidden?.metric, hidden?.dri, hidden?.night]);
        expect(WORSE[hidden?.kind ?? '']).toContain(hider?.kind);
      }
    });
  });

  it('a deadline has one verdict, and one recovery at most', () => {
    check(({ found }) => {
      for (const id of ids.filter((one) => one !== 'kept')) {
        const kinds = found.filter(({ indicator }) => indicator === id).map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind === 'met' || kind === 'missed').length).toBeLessThanOrEqual(1);
        expect(kinds.filter((kind) => kind === 'recovered').length).toBeLessThanOrEqual(1);
      }
    });
  });

  it('a risk rings again no sooner than two nights out of it and two nights back', () => {
    check(({ found }) => {
      for (const id of ids) {
        const nights = apart(found, (one) => one.indicator === id && one.kind === 'at_risk' && one.detail !== ENDED);
        expect(Math.min(4, ...nights)).toBe(4);
      }
    });
  });

  it('what is maintained is missed again no sooner than eight days after, seven of which held', () => {
    check(({ found }) => {
      const own = found.filter(({ indicator, kind }) => indicator === 'kept' && ['missed', 'recovered'].includes(kind));
      for (const [index, { kind, day: about }] of own.slice(1).entries()) {
        const before = own[index];
        expect(before?.kind).toBe(kind === 'missed' ? 'recovered' : 'missed');
        const days = daysBetween(before?.day ?? about, about);
        expect(days).toBeGreaterThanOrEqual(kind === 'recovered' ? 7 : 1);
      }
    });
  });

  it('a number that comes and goes is told missing once a week at most, and once more when its verdict is due', () => {
    check(({ found }) => {
      for (const id of ids) {
        const nights = apart(found, ({ indicator, kind }) => indicator === id && kind === 'stale');
        expect(nights.filter((one) => one < 7).length).toBeLessThanOrEqual(1);
      }
    });
  });

  it('a miss is reminded of no sooner than a week after anybody heard of it', () => {
    check(({ found }) => {
      for (const id of ids) {
        const own = found.filter(({ indicator }) => indicator === id);
        for (const [index, one] of own.entries()) {
          if (one.kind !== 'reminder' || one.detail === ENDED) continue;
          const before = own.slice(0, index).findLast(({ kind }) => kind === 'missed' || kind === 'reminder');
          expect(daysBetween(before?.night ?? one.night, one.night)).toBeGreaterThanOrEqual(7);
        }
      }
    });
  });

  it('what is still bad when a snooze ends is told in the first night after it, once', () => {
    let ended = 0;
    check(({ found, given, states }) => {
      const nights = [...states.keys()];
      for (const { indicator, until, at } of given) {
        const first = until && nights.find((night) => night > until);
        if (!first) continue;
        const last = nights.findLast((night) => night < first) ?? first;
        const stood = (night: Day) => states.get(night)?.find((state) => state.indicator === indicator);
        const [before, after] = [stood(last), stood(first)];
        const isReplaced = given.some(
          (other) =>
            other.indicator === indicator && other.at >= at && other.until !== until && day(other.at + 1) < first,
        );
        if (isReplaced || before?.since !== after?.since || before?.status !== after?.status) continue;
        if (after?.status !== 'missed' && after?.status !== 'at_risk') continue;
        ended += 1;
        const own = found.filter((one) => one.indicator === indicator && one.detail === ENDED);
        expect(own.filter(({ night }) => night === first)).toHaveLength(1);
      }
    });
    expect(ended).toBeGreaterThan(runs.numRuns / 10);
  });
});

describe('a number that wavers round its bound', () => {
  const wavering = (period: number): Told[] =>
    Array.from({ length: LENGTH }, (_, index) => {
      const value = Math.floor(index / period) % 2 === 0 ? 49 : 51;
      return { value, other: value, isMissing: false, isOff: false };
    });

  it.each([1, 2, 3, 5, 8])('every %i nights brings nobody more than a mail in four nights', (period) => {
    const { mailed } = live({ told: wavering(period), answers: [], fails: [] });
    for (const dri of ['one', 'other']) {
      const nights = new Set([...mailed.values()].flat().filter((one) => one.endsWith(` ${dri}`)));
      expect(nights.size).toBeLessThanOrEqual(LENGTH / 4);
    }
  });
});
