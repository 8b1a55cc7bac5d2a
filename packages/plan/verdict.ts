import type { Day } from '@plumbline/core/day';
import { counted } from '@plumbline/core/words';
import type { Judging } from './judging.ts';
import { decide, isPast, show, tell } from './judging.ts';
import type { Reading } from './measure.ts';
import { dailyReadings, isMissing, list, onDay, settledValue, together } from './measure.ts';
import { holds } from './target.ts';
import type { Target } from './target.ts';

/** Holding days that make a miss of `maintain` good again. */
const DAYS_TO_RECOVER = 7;

/** Judges what is settled. Answers what a verdict that is due still lacks. */
export function judgeSettled(judging: Judging): string | undefined {
  const { step, target, night } = judging;
  if (night < step.from || (step.kind !== 'maintain' && night < step.to)) return undefined;
  if (!target) return `the baseline of ${step.metric.id}`;
  return step.kind === 'maintain' ? judgeMaintained(judging, target) : judgeDeadline(judging, target);
}

function judgeDeadline(judging: Judging, target: Target): string | undefined {
  const { step, series, state } = judging;
  const measured = settledValue(step, series);
  if (isMissing(measured)) return measured.missing;
  const outcome = holds(target, measured.value) ? 'met' : 'missed';
  if (state.verdict?.outcome !== outcome) {
    decide(judging, outcome, step.to, measured);
  } else if (state.status === outcome) {
    state.verdict = { outcome, day: step.to, value: measured.value };
    show(judging, measured);
  }
  if (state.status === 'missed') {
    const reading = held(judging, target);
    if (reading) {
      const past = isPast(judging, reading.day);
      tell(judging, { kind: 'recovered', to: 'recovered', day: reading.day, reading, past });
    }
  }
  return undefined;
}

/** The first settled value after the deadline that keeps the target: of `by` a day's, of `during` that of as many days, trailing. */
function held({ step, series, calendar }: Judging, target: Target): Reading | undefined {
  for (const { day } of series.points.slice(series.count(step.to))) {
    const measured =
      step.kind === 'by' ? onDay(series, day) : together(step, series, windowUpTo(day, step.days.length, calendar));
    if (!isMissing(measured) && holds(target, measured.value)) return measured;
  }
  return undefined;
}

function windowUpTo(day: Day, length: number, calendar: readonly Day[]): readonly Day[] {
  const end = calendar.indexOf(day) + 1;
  return calendar.slice(Math.max(0, end - length), end);
}

/** Failing days with fewer than seven holding days in a row among them. */
type Episode = { first: Reading; last: Reading; failing: number; recovered?: Reading };

/** A day without a settled value neither fails nor breaks a row of holding days. */
function episodesOf(readings: readonly (Reading | undefined)[], target: Target): Episode[] {
  const episodes: Episode[] = [];
  let open: Episode | undefined;
  let holding = 0;
  for (const reading of readings) {
    if (!reading) continue;
    if (!holds(target, reading.value)) {
      holding = 0;
      if (open) {
        open.last = reading;
        open.failing += 1;
      } else {
        open = { first: reading, last: reading, failing: 1 };
        episodes.push(open);
      }
    } else if (open) {
      holding += 1;
      if (holding === DAYS_TO_RECOVER) {
        open.recovered = reading;
        open = undefined;
        holding = 0;
      }
    }
  }
  return episodes;
}

function judgeMaintained(judging: Judging, target: Target): string | undefined {
  const { step, series, state, night } = judging;
  const readings = dailyReadings(step, series, night);
  const episodes = episodesOf(readings, target);
  const last = episodes.at(-1);
  if (last) {
    announce(judging, target, episodes, readings);
    state.failing = { days: episodes.reduce((sum, { failing }) => sum + failing, 0), last: last.last.day };
    return undefined;
  }
  delete state.failing;
  const finalReading = readings.at(-1);
  const complete = readings.length === step.days.length - step.over + 1 && readings.every(Boolean);
  if (complete && finalReading) {
    if (state.verdict?.outcome !== 'met') decide(judging, 'met', step.to, finalReading);
  } else if (state.verdict?.outcome === 'missed') {
    withdraw(judging, state.verdict.day, readings.findLast(Boolean));
  }
  return complete || night < step.to ? undefined : missingDays(judging, readings);
}

/** The only failing days turned out to hold while the span still runs: the miss is taken back, and nothing else decided. */
function withdraw(judging: Judging, day: Day, reading: Reading | undefined): void {
  delete judging.state.verdict;
  tell(judging, { kind: 'corrected', from: 'missed', to: 'on_track', day, ...(reading ? { reading } : {}) });
}

/** Tells what happened since the last thing told, in order. */
function announce(
  judging: Judging,
  target: Target,
  episodes: readonly Episode[],
  readings: readonly (Reading | undefined)[],
): void {
  const { state } = judging;
  const { verdict } = state;
  let next = 0;
  if (verdict?.outcome === 'missed') {
    const known = Math.max(
      0,
      episodes.findLastIndex(({ first }) => first.day <= verdict.day),
    );
    const episode = episodes[known];
    if (episode) goOn(judging, target, episode, readings);
    next = known + 1;
  }
  for (const episode of episodes.slice(next)) {
    decide(judging, 'missed', episode.first.day, episode.first, further(episode.failing - 1));
    recover(judging, episode);
  }
}

/** An episode whose miss has been told already. */
function goOn(judging: Judging, target: Target, episode: Episode, readings: readonly (Reading | undefined)[]): void {
  const { state } = judging;
  if (state.status === 'recovered') {
    // A revision of an earlier day undid the recovery.
    if (!episode.recovered) decide(judging, 'missed', episode.last.day, episode.last);
    return;
  }
  const told = readings.find((reading) => reading?.day === state.verdict?.day);
  const shown = told && !holds(target, told.value) ? told : episode.first;
  state.verdict = { outcome: 'missed', day: shown.day, value: shown.value };
  show(judging, shown);
  recover(judging, episode);
}

function recover(judging: Judging, { recovered, failing }: Episode): void {
  if (!recovered) return;
  tell(judging, {
    kind: 'recovered',
    to: 'recovered',
    day: recovered.day,
    reading: recovered,
    detail: `after ${counted(failing, 'failing day')}`,
    past: isPast(judging, recovered.day),
  });
}

const further = (days: number): string | undefined =>
  days > 0 ? `${counted(days, 'more failing day')} since` : undefined;

function missingDays({ step }: Judging, readings: readonly (Reading | undefined)[]): string {
  const days = step.days.slice(step.over - 1).filter((_, index) => readings[index] === undefined);
  return `${step.metric.id} of ${list(days)}`;
}
