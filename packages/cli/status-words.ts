import type { Day } from '@plumbline/core/day';
import { daysBetween } from '@plumbline/core/day';
import type { Acknowledgement, IndicatorState } from '@plumbline/core/status';
import type { Unit } from '@plumbline/core/unit';
import { between, estimate, format, fromMajor, isMoney, signed, toMajor } from '@plumbline/core/unit';
import { capital, counted, printed, shortDay } from '@plumbline/core/words';
import { budgetLeft } from '@plumbline/plan/error-budget';
import type { Step } from '@plumbline/plan/prepare';
import { metricTitle, timeOf } from '@plumbline/plan/words';

/** One promise as a judgement left it. */
export type Row = {
  step: Step;
  state: IndicatorState;
  /** What somebody has said is done about it, where that still stands. */
  answer: Acknowledgement | undefined;
  /** Who is responsible, by title. */
  dri: string;
};

/** Without cents where there are hundreds; percentages to a tenth. */
export function brief(value: number, unit: Unit): string {
  if (unit === '%') return format(Math.round(value * 10) / 10, unit);
  const isLarge = isMoney(unit) && Math.abs(toMajor(value, unit)) >= 100;
  return format(isLarge ? fromMajor(Math.round(toMajor(value, unit)), unit) : value, unit);
}

/** A difference: between two percentages it is of points. */
const difference = (text: (value: number, unit: Unit) => string, value: number, unit: Unit): string =>
  unit === '%' ? `${text(value, 'count')} points` : text(value, unit);

export const change = (value: number, unit: Unit): string => signed(value, unit, (one) => difference(brief, one, unit));
const pace = (value: number, unit: Unit): string => signed(value, unit, (one) => difference(estimate, one, unit));

/** `MRR ≥ $3K by Week 3`. */
export const promise = ({ step }: Row): string =>
  `${metricTitle(step)} ${printed(step.indicator.target)} ${timeOf(step.indicator, step.id)}`;

/** `360 short`, `8 ms over`. */
function miss({ step: { target, metric } }: Row, gap: number): string {
  if (gap === 0) return `exactly at the bound, where ${target.op === '>' ? 'more' : 'less'} was promised`;
  const size = difference(format, Math.abs(gap), metric.unit);
  if (target.op === '==') return `${size} off`;
  return `${size} ${gap < 0 ? 'short' : 'over'}`;
}

/** What was reached, against what was promised. */
export function missed(row: Row): string {
  const { step, state } = row;
  const { unit } = step.metric;
  const target = printed(step.indicator.target);
  const first = state.verdict?.day ?? state.day;
  const reached =
    state.value === undefined || first === undefined
      ? `Not kept: ${target}`
      : `${format(state.value, unit)} on ${shortDay(first)} against ${target}${state.gap === undefined ? '' : `: ${miss(row, state.gap)}`}`;
  const days =
    state.failing && state.failing.days > 1
      ? ` Failed on ${counted(state.failing.days, 'day')} so far, last on ${shortDay(state.failing.last)}.`
      : '';
  return `${metricTitle(step)} ${reached}.${days}${budgetSentence(row)}`;
}

/** Where it stands now, and where it is heading. */
export function heading(row: Row): string {
  const { step, state } = row;
  const { unit } = step.metric;
  const now = state.value === undefined ? 'no value yet' : `${brief(state.value, unit)} now`;
  const { forecast } = state;
  const expected =
    forecast === undefined
      ? ''
      : ` On its present course it comes to about ${estimate(forecast.value, unit)}${
          forecast.low === forecast.high ? '' : ` (${between(forecast, unit)})`
        }${step.kind === 'maintain' ? ' within a week' : ''}.`;
  return `${metricTitle(step)}: ${now}, against ${printed(step.indicator.target)}.${expected}${budgetSentence(row)}`;
}

/** `error budget: 54 of 216 min left`; nothing for what is not an uptime to be kept. */
export const budget = ({ state: { errorBudget } }: Row): string =>
  errorBudget ? `error budget: ${budgetLeft(errorBudget)}` : '';

const budgetSentence = (row: Row): string => (budget(row) === '' ? '' : ` ${capital(budget(row))}.`);

/** What it needs a day and what it has lately made, of small numbers a week; nothing where that is not known. */
export function pacing({ step, state: { requiredPace, actualPace } }: Row): string {
  const { unit } = step.metric;
  if (requiredPace === undefined) return '';
  if (requiredPace === 0) return THERE;
  const [days, name] = isMoney(unit) || Math.abs(requiredPace) >= 1 ? [1, 'day'] : [7, 'week'];
  const lately = actualPace === undefined ? '' : `, lately ${pace(actualPace * days, unit)}`;
  return `needs ${pace(requiredPace * days, unit)} a ${name}${lately}`;
}

/** What `pacing` says of a target that holds now. */
export const THERE = 'there already';

/** What somebody has said is done about it. */
export function answered(answer: Acknowledgement): string {
  const done = answer.until === undefined ? 'Acknowledged' : `Snoozed until ${shortDay(answer.until)}`;
  return `${done}: "${answer.reason}".`;
}

/** `in 12 days`, `tomorrow`, `today`. */
export function away(night: Day, day: Day): string {
  const days = daysBetween(night, day);
  return days === 0 ? 'today' : days === 1 ? 'tomorrow' : `in ${days} days`;
}
