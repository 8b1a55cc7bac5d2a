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

/** Demands that ask for the same, and what that is. */
type Alike = { all: Demand[]; one: Demand };

/** As they stand in the plan. */
const inOrder = (a: Alike, b: Alike): [Alike, Alike] => (a.one.index <= b.one.index ? [a, b] : [b, a]);

function both(a: Alike, b: Alike): string {
  const [first, second] = [a, b].map(({ all, one }) => `${targetOf(one)} (${cited(all)})`);
  const [{ one }] = inOrder(a, b);
  return `${seriesName(one)} ${timeText(one)}: ${first} and ${second}`;
}

function contradiction([a, b]: [Alike, Alike]): Draft[] {
  if (!areApart(a.one.range, b.one.range)) return [];
  const message = `${both(a, b)} can't both be kept by any value.`;
  const why = 'One of the two is missed whatever happens.';
  return [{ severity: 'error', message, why, of: pathsOf([...a.all, ...b.all]) }];
}

/** One that says nothing beside the strictest of those that ask for more. */
function idle(weak: Alike, groups: readonly Alike[]): Draft[] {
  const strict = groups.reduce<Alike | undefined>(
    (found, one) => (isStricter(one.one.range, (found ?? weak).one.range) ? one : found),
    undefined,
  );
  if (!strict) return [];
  const [strictest, weakest] = [targetOf(strict.one), targetOf(weak.one)];
  const message = `${both(strict, weak)} are two targets for one time; ${strictest} is the stricter.`;
  const why = `A value between them is told as met and as missed at once, and wherever ${strictest} is kept, ${weakest} says nothing.`;
  return [{ severity: 'warning', message, why, of: pathsOf(inOrder(strict, weak).flatMap(({ all }) => all)) }];
}

function twoTargets(demands: readonly Demand[]): Draft[] {
  const groups = alike(demands).flatMap((all): Alike[] => (all[0] ? [{ all, one: all[0] }] : []));
  return [...pairs(groups).flatMap(contradiction), ...groups.flatMap((weak) => idle(weak, groups))];
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
    check: ({ demands }) => once(together(demands).flatMap(twoTargets)),
  },
  {
    rule: 'says-the-same',
    check: ({ demands }) => once(together(demands).flatMap((group) => alike(group).flatMap(repetition))),
  },
];
