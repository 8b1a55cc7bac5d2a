import type { Day } from '@plumbline/core/day';
import { addDays, compareDays, daysBetween } from '@plumbline/core/day';
import type { CatalogueMetric } from '@plumbline/core/metric';
import type { Point } from '@plumbline/core/snapshot';
import type { HypothesisState, Status } from '@plumbline/core/status';
import { PRIORITIES } from '@plumbline/core/status';
import { format } from '@plumbline/core/unit';
import { counted, printed, shortDay } from '@plumbline/core/words';
import type { PreparedHypothesis } from '@plumbline/plan/prepare';
import type { Plan } from '@plumbline/plan/schema';
import { boundsOf, metricTitle, timeOf } from '@plumbline/plan/words';
import { numbers } from './status-numbers.ts';
import type { Row } from './status-words.ts';
import { answered, away, brief, budget, heading, missed, pacing, promise, THERE } from './status-words.ts';
import { columns, wrapped } from './table.ts';

/** Days that "due next" looks ahead. */
const AHEAD = 14;

/** A plan as a judgement left it, with all that its report says. Values are in the metrics' inside forms. */
export type Standing = {
  plan: Plan;
  night: Day;
  demo: boolean;
  /** The plan file says something else by now than what was judged. */
  edited: boolean;
  rows: readonly Row[];
  hypotheses: readonly { prepared: PreparedHypothesis; state: HypothesisState; dri: string }[];
  headlines: readonly { metric: CatalogueMetric; points: readonly Point[] }[];
};

const byWeight = (a: Row, b: Row): number => priority(a) - priority(b) || byDay(a, b);
const priority = ({ step }: Row): number => PRIORITIES.indexOf(step.indicator.priority);
const byDay = (a: Row, b: Row): number => compareDays(a.step.to, b.step.to) || priority(a) - priority(b);

const split = (rows: readonly Row[], test: (row: Row) => boolean): [Row[], Row[]] => [
  rows.filter(test),
  rows.filter((row) => !test(row)),
];

/** A plan's standing as a letter: where it is, what was missed, what may be, what is due next and what was kept. */
export function statusText(standing: Standing): string {
  const { plan, night, rows } = standing;
  const of = (...statuses: Status[]) => rows.filter(({ state }) => statuses.includes(state.status));
  const [open, overtaken] = split(of('missed').toSorted(byWeight), ({ step }) => (step.nextDeadline ?? night) >= night);
  const isDue = ({ step }: Row) => step.to <= night;
  const waiting = of('on_track', 'at_risk', 'not_due').filter(isDue).toSorted(byDay);
  const atRisk = of('at_risk')
    .filter((row) => !isDue(row))
    .toSorted(byDay);
  const next = of('on_track', 'not_due')
    .filter((row) => !isDue(row) && row.step.to <= addDays(night, AHEAD))
    .toSorted(byDay);
  const told = new Map<string, string>();
  const table = numbers(standing.headlines, rows, night);
  const blocks = [
    [plan.title, dayOf(standing)].join('\n'),
    wrapped(summary(rows, { waiting, atRisk, next })),
    ...(table.length === 0 ? [] : [columns(table)]),
    ...section('Missed', [...open.map((row) => missedBlock(row, told)), ...unanswered(open)]),
    ...section('Missed, with a later step on the same number since', overtaken.map(overtakenLine)),
    ...section('Due, with the final number still to come', dueTable(waiting)),
    ...section(
      'At risk',
      atRisk.map((row) => riskBlock(row, night, told)),
    ),
    ...section(`Due in the next ${AHEAD} days${atRisk.length > 0 ? ', besides what is at risk' : ''}`, dueTable(next)),
    ...section(
      'Hypotheses',
      standing.hypotheses.map((one) => hypothesisBlock(one, night)),
    ),
    ...section('Missed at first, and kept again', of('recovered').toSorted(byDay).map(recoveredLine)),
    ...section('Kept', keptLines(of('met'))),
    ...section('Numbers that are missing', missingLines(rows)),
  ];
  return blocks.join('\n\n');
}

function dayOf({ plan, night, demo, edited }: Standing): string {
  const length = daysBetween(plan.start, plan.end) + 1;
  const count = daysBetween(plan.start, night) + 1;
  const day =
    count < 1
      ? `Before the first day, ${plan.start}`
      : count > length
        ? `${counted(count - length, 'day')} after the end`
        : `Day ${count} of ${length}`;
  return [
    `${day}, ${night}, as known when that night closed${demo ? ' (demo numbers)' : ''}`,
    ...(edited ? ['The plan has been edited since; "plumbline plan diff" says what changed.'] : []),
  ].join('\n');
}

/** How much was kept so far, and what is ahead, in two or three sentences. */
function summary(rows: readonly Row[], open: Record<'waiting' | 'atRisk' | 'next', readonly Row[]>): string {
  const decided = rows.filter(({ state }) => state.verdict);
  const kept = (some: readonly Row[]) => some.filter(({ state }) => state.verdict?.outcome === 'met').length;
  const again = decided.filter(({ state }) => state.status === 'recovered').length;
  const bad = decided.length - kept(decided);
  const musts = decided.filter(({ step }) => step.indicator.priority === 'must');
  const [waiting, atRisk, next] = [open.waiting.length, open.atRisk.length, open.next.length];
  const later = rows.length - decided.length - waiting;
  const back =
    again === 0
      ? ''
      : again === bad
        ? bad === 1
          ? ', which is kept again'
          : ', all kept again'
        : `, ${again} of them kept again`;
  const past =
    decided.length === 0
      ? ['Nothing of the plan has been decided yet.']
      : [
          `Of ${counted(decided.length, 'promise')} decided so far ${kept(decided)} ${are(kept(decided), 'was', 'were')} kept and ${bad} missed${back}.`,
          ...(musts.length === 0
            ? []
            : [
                `Of the ${counted(musts.length, 'must')} among them ${kept(musts)} ${are(kept(musts), 'was', 'were')} kept.`,
              ]),
        ];
  const parts = [
    ...(atRisk === 0 ? [] : [`${atRisk} at risk`]),
    ...(next === 0 ? [] : [`${next} ${atRisk === 0 ? '' : 'more '}due within ${AHEAD} days`]),
  ];
  const ahead =
    later === 0
      ? ['Nothing more is ahead.']
      : [
          `${counted(later, 'promise')} ${are(later, 'is', 'are')} still ahead${parts.length === 0 ? '' : `: ${parts.join(', ')}`}.`,
        ];
  const undecided =
    waiting === 0
      ? []
      : [`${counted(waiting, 'promise')} ${are(waiting, 'has', 'have')} come due without the final number.`];
  return [...past, ...undecided, ...ahead].join(' ');
}

const are = (count: number, one: string, more: string): string => (count === 1 ? one : more);

function section(title: string, blocks: readonly string[]): string[] {
  if (blocks.length === 0) return [];
  return [[title.toUpperCase(), ...blocks].join('\n')];
}

const indented = (text: string): string => wrapped(text, { indent: '    ' });
const titled = (row: Row, rest: string): string =>
  wrapped(`"${row.step.indicator.says}" ${rest}`, { indent: '  ', hanging: '    ' });

/** The plan's mitigation, and what somebody has said. A mitigation of several promises is written out at the first. */
function responses(row: Row, told: Map<string, string>): string[] {
  const { mitigation, says } = row.step.indicator;
  const first = mitigation === undefined ? undefined : told.get(mitigation);
  if (mitigation !== undefined && first === undefined) told.set(mitigation, says);
  return [
    ...(mitigation === undefined
      ? []
      : [`The plan's answer: ${first === undefined ? mitigation : `as for "${first}"`}.`]),
    ...(row.answer ? [answered(row.answer)] : []),
  ].map(indented);
}

const missedBlock = (row: Row, told: Map<string, string>): string =>
  [
    titled(row, `${timeOf(row.step.indicator, row.step.id)} (${row.step.indicator.priority}, ${row.dri})`),
    indented(missed(row)),
    ...responses(row, told),
  ].join('\n');

function unanswered(rows: readonly Row[]): string[] {
  const count = rows.filter(({ answer }) => !answer).length;
  if (count === 0) return [];
  const which = count === rows.length ? 'them' : `${count} of them`;
  return [`  Nobody has said yet what is done about ${rows.length === 1 ? 'it' : which}.`];
}

/** With its year where that is not this one. */
const dated = (day: Day, night: Day): string =>
  day.slice(0, 4) === night.slice(0, 4) ? shortDay(day) : `${shortDay(day)} ${day.slice(0, 4)}`;

function riskBlock(row: Row, night: Day, told: Map<string, string>): string {
  const { step, dri } = row;
  const when = `${timeOf(step.indicator, step.id)}, ${dated(step.to, night)}, ${away(night, step.to)}`;
  const way = pacing(row);
  return [
    titled(row, `${when} (${step.indicator.priority}, ${dri})`),
    indented(`${heading(row)}${way === '' ? '' : way === THERE ? ' It still holds.' : ` It ${way}.`}`),
    ...responses(row, told),
  ].join('\n');
}

/** When, what, where it is, where it has to be, and how fast it has to go. */
function dueTable(rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const cells = rows.map((row) => {
    const { step, state } = row;
    const now = state.value === undefined ? 'no value yet' : `${brief(state.value, step.metric.unit)} now`;
    return [
      `  ${shortDay(step.to)}`,
      metricTitle(step),
      now,
      printed(step.indicator.target),
      pacing(row) || budget(row),
    ];
  });
  return [columns(cells)];
}

function hypothesisBlock({ prepared, state, dri }: Standing['hypotheses'][number], night: Day): string {
  const { hypothesis, step } = prepared;
  const { unit } = step.metric;
  const bounds = printed(boundsOf(hypothesis));
  const value = state.value === undefined ? 'no value yet' : `at ${format(state.value, unit)}`;
  const sentence = state.decision
    ? `Decided on ${shortDay(state.decision.day)}: ${state.decision.outcome}, ${metricTitle(step)} ${value} (${bounds}).`
    : state.status === 'not_due'
      ? `Begins on ${shortDay(step.from)} and is decided on ${shortDay(step.to)} (${bounds}).`
      : `${metricTitle(step)} ${value}, decided on ${shortDay(step.to)}${step.to > night ? `, ${away(night, step.to)}` : ''} (${bounds}).`;
  return [wrapped(`"${hypothesis.says}" (${dri})`, { indent: '  ', hanging: '    ' }), indented(sentence)].join('\n');
}

const overtakenLine = (row: Row): string => {
  const { verdict } = row.state;
  const then = verdict ? `: ${format(verdict.value, row.step.metric.unit)}` : '';
  return wrapped(`${promise(row)}${then}`, { indent: '  ', hanging: '    ' });
};

function recoveredLine(row: Row): string {
  const { verdict, value, day } = row.state;
  const { unit } = row.step.metric;
  const then = verdict ? `${brief(verdict.value, unit)} then` : 'missed';
  const now = value === undefined || day === undefined ? '' : `, ${brief(value, unit)} on ${shortDay(day)}`;
  const left = budget(row) === '' ? '' : `; ${budget(row)}`;
  return wrapped(`${promise(row)}: ${then}${now}${left}`, { indent: '  ', hanging: '    ' });
}

/** What was kept, in one line per metric. */
function keptLines(rows: readonly Row[]): string[] {
  const byMetric = Map.groupBy(rows, ({ step }) => metricTitle(step));
  return [...byMetric].map(([title, some]) => {
    const steps = some
      .toSorted(byDay)
      .map(({ step }) => `${printed(step.indicator.target)} ${timeOf(step.indicator, step.id)}`);
    return wrapped(`${title}: ${steps.join(', ')}`, { indent: '  ', hanging: '    ' });
  });
}

/** What nobody can judge by: each metric once, with what it lacks. */
function missingLines(rows: readonly Row[]): string[] {
  const lines = rows.flatMap(({ step, state: { stale, staleTold } }) => {
    if (!stale) return [];
    const lacks =
      stale.untold && !staleTold ? 'no value yet' : stale.missing.replace(`${step.metric.id} `, 'no value ');
    return [`${metricTitle(step)}: ${lacks}`];
  });
  return [...new Set(lines)].map((line) => wrapped(line, { indent: '  ', hanging: '    ' }));
}
