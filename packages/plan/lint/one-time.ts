import type { Demand } from './demand.ts';
import { cited, grouped, once, pathsOf, seriesKey, seriesName, targetOf, timeKey, timeText } from './demand.ts';
import type { Draft, Rule } from './finding.ts';
import { enumerate } from './finding.ts';
import { areApart, isSame, isStricter } from './range.ts';

/** Demands on the same value of the same days. */
const together = (demands: readonly Demand[]): Demand[][] =>
  grouped(demands, (demand) => `${seriesKey(demand)}|${timeKey(demand)}`);

/** Those that ask for exactly the same, side by side. */
function alike(demands: readonly Demand[]): Demand[][] {
  const groups: Demand[][] = [];
  for (const demand of demands) {
    const group = groups.find(([first]) => first && isSame(first.range, demand.range));
    if (group) group.push(demand);
    else groups.push([demand]);
  }
  return groups;
}

const pairs = <T>(items: readonly T[]): [T, T][] =>
  items.flatMap((a, index) => items.slice(index + 1).map((b): [T, T] => [a, b]));

function contradiction(a: Demand[], b: Demand[]): Draft[] {
  const [one, other] = [a[0], b[0]];
  if (!one || !other) return [];
  const both = (first: Demand[], second: Demand[]) =>
    `${seriesName(one)} ${timeText(one)}: ${enumerate([first, second].map((group) => `${group[0] ? targetOf(group[0]) : ''} (${cited(group)})`))}`;
  const of = pathsOf([...a, ...b]);
  if (areApart(one.range, other.range)) {
    const message = `${both(a, b)} can't both be kept by any value.`;
    return [{ severity: 'error', message, why: 'One of the two is missed whatever happens.', of }];
  }
  if (!isStricter(one.range, other.range) && !isStricter(other.range, one.range)) return [];
  const [strict, weak] = isStricter(one.range, other.range) ? [a, b] : [b, a];
  const [strictest, weakest] = [strict, weak].map(([first]) => (first ? targetOf(first) : ''));
  const message = `${both(strict, weak)} are two targets for one time; ${strictest} is the stricter.`;
  const why = `A value between them is told as met and as missed at once, and wherever ${strictest} is kept, ${weakest} says nothing.`;
  return [{ severity: 'warning', message, why, of }];
}

function repetition(group: Demand[]): Draft[] {
  const [first] = group;
  const of = pathsOf(group);
  if (!first || of.length < 2) return [];
  const targets = [...new Set(group.map(targetOf))];
  const message = `${seriesName(first)} ${timeText(first)}: ${enumerate(targets)} ${targets.length > 1 ? 'have the same floor' : 'stands'} ${of.length === 2 ? 'twice' : `${of.length} times`} (${cited(group)}).`;
  const why =
    'Everybody involved hears of one and the same thing several times; one indicator with a list of lines says it once.';
  return [{ severity: 'note', message, why, of }];
}

export const oneTimeRules: Rule[] = [
  {
    rule: 'two-targets-one-time',
    check: ({ demands }) =>
      once(together(demands).flatMap((group) => pairs(alike(group)).flatMap(([a, b]) => contradiction(a, b)))),
  },
  {
    rule: 'says-the-same',
    check: ({ demands }) => once(together(demands).flatMap((group) => alike(group).flatMap(repetition))),
  },
];
