import { format } from '@plumbline/core/unit';
import { tidy } from '../target.ts';
import type { Demand } from './demand.ts';
import { cited, grouped, once, pathsOf, seriesKey, seriesName, targetOf, timeKey, timeText } from './demand.ts';
import type { Draft, Rule } from './finding.ts';

const isInside = (inner: Demand, outer: Demand): boolean =>
  inner.step.from >= outer.step.from && inner.step.to <= outer.step.to && inner.step.length < outer.step.length;

const lowsOf = (demands: readonly Demand[]): number => tidy(demands.reduce((sum, { range }) => sum + range.low, 0));

/** A sum over a longer span against one indicator's sums over shorter ones inside it. */
function longer(outer: Demand, inner: readonly Demand[]): Draft[] {
  const [first] = inner;
  if (!first) return [];
  const of = pathsOf([outer, ...inner]);
  const long = `${seriesName(outer)} ${timeText(outer)} asks for ${targetOf(outer)} (${cited([outer])})`;
  const count =
    inner.length > 1
      ? `${inner.length} shorter spans inside it for ${targetOf(first)} each`
      : `${timeText(first)} alone for ${targetOf(first)}`;
  const short = `${count} (${cited(inner)})`;
  const asked = lowsOf(inner);
  if (outer.range.low > 0 && (inner.length > 1 ? asked > outer.range.low : asked >= outer.range.low)) {
    const total = inner.length > 1 ? `, ${format(asked, outer.step.metric.unit)} together` : '';
    const why =
      'Who keeps the shorter target has kept the longer one with it, so the longer one says nothing, or one of the two is not meant.';
    return [{ severity: 'warning', message: `${long}, ${short}${total}.`, why, of }];
  }
  if (
    Number.isFinite(outer.range.high) &&
    inner.every(({ range }) => range.high !== Infinity && range.high >= outer.range.high)
  ) {
    const why =
      'Who keeps the longer target has kept the shorter one with it, so the shorter one says nothing, or one of the two is not meant.';
    return [{ severity: 'warning', message: `${long}, ${short}.`, why, of }];
  }
  return [];
}

/** What adds up: levels and flows that are counted once each, as they stand or summed or averaged. */
const addsUp = ({ step: { metric, target }, manner }: Demand): boolean =>
  (metric.kind === 'stock' || metric.kind === 'flow') &&
  metric.unit !== '%' &&
  metric.unit !== 'ratio' &&
  target.relative === undefined &&
  (manner === 'at' || manner === 'sum' || manner === 'mean');

/** The most that is asked of each part of one dimension. */
function partsOf(demands: readonly Demand[]): Demand[] {
  return grouped(demands, ({ step }) => step.key).flatMap((group) => {
    const strongest = group.filter(({ range }) => range.low > 0).toSorted((a, b) => b.range.low - a.range.low)[0];
    return strongest ? [strongest] : [];
  });
}

function partsAgainst(parts: readonly Demand[], wholes: readonly Demand[]): Draft[] {
  const [whole] = wholes;
  const asked = lowsOf(parts);
  if (!whole || parts.length === 0) return [];
  const isImpossible = asked > whole.range.high;
  if (!isImpossible && !(whole.range.low > 0 && asked > whole.range.low)) return [];
  const { unit } = whole.step.metric;
  const sum = parts.map((part) => format(part.range.low, unit)).join(' + ');
  const total = parts.length > 1 ? `${sum} = ${format(asked, unit)}` : sum;
  return [
    {
      severity: isImpossible ? 'error' : 'warning',
      message: `${seriesName(whole)} ${timeText(whole)}: the parts ask for ${total} (${cited(parts)}), the whole for ${targetOf(whole)} (${cited(wholes)}).`,
      why: isImpossible
        ? 'If all parts are kept, the whole is missed.'
        : 'The whole is met long before its parts are: either its target is too low, or those of the parts are too high.',
      of: pathsOf([...parts, ...wholes]),
    },
  ];
}

function partsAndWhole(demands: readonly Demand[]): Draft[] {
  return grouped(demands.filter(addsUp), (demand) =>
    [demand.step.metric.id, demand.manner, timeKey(demand)].join('|'),
  ).flatMap((sameTime) => {
    const wholes = grouped(
      sameTime.filter(({ step }) => step.where === undefined),
      targetOf,
    );
    const dimensions = grouped(
      sameTime.filter(({ step }) => step.where !== undefined),
      ({ step }) => Object.keys(step.where ?? {}).join(),
    );
    return dimensions.flatMap((parts) => wholes.flatMap((whole) => partsAgainst(partsOf(parts), whole)));
  });
}

export const sumRules: Rule[] = [
  {
    rule: 'weaker-over-longer',
    check: ({ demands }) => {
      const sums = grouped(
        demands.filter(({ manner, step }) => manner === 'sum' && !step.target.relative),
        seriesKey,
      );
      return once(
        sums.flatMap((series) =>
          series.flatMap((outer) =>
            grouped(
              series.filter((inner) => isInside(inner, outer)),
              ({ index }) => `${index}`,
            ).flatMap((inner) => longer(outer, inner)),
          ),
        ),
      );
    },
  },
  { rule: 'parts-and-whole', check: ({ demands }) => once(partsAndWhole(demands)) },
];
