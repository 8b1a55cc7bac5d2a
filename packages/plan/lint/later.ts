import type { Demand } from './demand.ts';
import { cited, grouped, once, pathsOf, seriesKey, seriesName, targetOf, timeKey, timeText } from './demand.ts';
import type { Draft, Rule } from './finding.ts';
import { enumerate } from './finding.ts';
import { isSame, isStricter } from './range.ts';

/** Values that can follow each other: those of a day's end, or of spans of equal length. Sums may well ask less of a later week. */
const sequenceOf = (demand: Demand): string | undefined => {
  const { step, manner } = demand;
  if (manner === 'at') return seriesKey(demand);
  return step.kind === 'maintain' || manner === 'sum' ? undefined : `${seriesKey(demand)}|${step.length}`;
};

/** What somebody hopes for beyond the floor. */
const topOf = ({ step: { target } }: Demand): number => target.stretch ?? target.bound;

function asksMore(earlier: Demand, later: Demand): boolean {
  if (isStricter(earlier.range, later.range)) return true;
  if (!isSame(earlier.range, later.range)) return false;
  const { op } = earlier.step.target;
  return op === '<' || op === '<=' ? topOf(earlier) < topOf(later) : topOf(earlier) > topOf(later);
}

function weaker(later: readonly Demand[], all: readonly Demand[]): Draft[] {
  const [one] = later;
  if (!one) return [];
  const stronger = all.filter((demand) => demand.step.to < one.step.to && asksMore(demand, one));
  const groups = grouped(stronger, (demand) => `${timeKey(demand)}|${targetOf(demand)}`);
  if (groups.length === 0) return [];
  const before = groups.flatMap((group) =>
    group[0] ? [`${targetOf(group[0])} ${timeText(group[0])} (${cited(group)})`] : [],
  );
  return [
    {
      severity: 'warning',
      message: `${seriesName(one)} ${timeText(one)} asks for ${targetOf(one)} (${cited(later)}), less than earlier: ${enumerate(before)}.`,
      why: 'Who has kept the earlier target keeps the later one by standing still, so the later one says nothing, or one of the two is not meant.',
      of: pathsOf([...later, ...stronger]),
    },
  ];
}

/** A step down on the way: a later target of a series that asks less than an earlier one. */
export const laterRules: Rule[] = [
  {
    rule: 'weaker-later',
    check: ({ demands }) =>
      once(
        grouped(
          demands.filter((demand) => sequenceOf(demand) !== undefined),
          (demand) => sequenceOf(demand) ?? '',
        ).flatMap((sequence) =>
          grouped(sequence, (demand) => `${timeKey(demand)}|${targetOf(demand)}`).flatMap((later) =>
            weaker(later, sequence),
          ),
        ),
      ),
  },
];
