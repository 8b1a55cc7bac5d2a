import type { Day } from '@plumbline/core/day';
import type { Block, Explanation } from '@plumbline/core/explanation';
import type { CatalogueMetric } from '@plumbline/core/metric';
import { titleOf } from '@plumbline/core/metric';
import type { Revision, Snapshot, SnapshotState } from '@plumbline/core/snapshot';
import { between, format, fromMajor, isMoney, signed } from '@plumbline/core/unit';
import type { Zone } from '@plumbline/core/zone';
import { capital, counted, writtenTime } from '@plumbline/core/words';
import { evidenceBlocks } from './evidence-words.ts';
import { exact, mrrWords } from './mrr-words.ts';
import { qualityWords } from './quality-words.ts';
import { statementIn } from './views.ts';

const STATES: Readonly<Record<SnapshotState, { word: Explanation['state']; means: string }>> = {
  settled: { word: 'Settled', means: 'final as far as its source can tell, so that verdicts may rest on it' },
  provisional: { word: 'Provisional', means: 'the source may still change it, so that no verdict rests on it' },
  reconstructed: { word: 'Reconstructed', means: 'worked out afterwards, not taken in time; it counts as settled' },
};

/** Rates whose numerator and denominator are money, in the major part as a rate's parts are stored. */
const SHARES_OF_MONEY = new Set(['net_revenue_retention_30d', 'gross_revenue_retention_30d']);

/** `27 ÷ 75 = 36%`, with the result only where the parts really come to it. */
function division({ metric, unit, value, numerator, denominator }: Snapshot, currency: string): string {
  if (numerator === undefined || denominator === undefined) return '';
  const plain = (part: number): string => format(part, 'count');
  const major = (part: number): string => exact(fromMajor(part, currency), currency);
  const isShareOfMoney = SHARES_OF_MONEY.has(metric);
  const top = isShareOfMoney ? major(numerator) : isMoney(unit) ? exact(numerator, unit) : plain(numerator);
  const bottom = isShareOfMoney ? major(denominator) : plain(denominator);
  const quotient = numerator / denominator;
  // Money is rounded to a whole minor unit.
  const isClose = (result: number): boolean =>
    Math.abs(result - value) <= (isMoney(unit) ? 0.5 : 1e-6 * Math.max(1, Math.abs(value)));
  const parts = `${top} ÷ ${bottom}`;
  if (isClose(quotient)) return `${parts} = ${format(value, unit)}`;
  if (!isClose(100 * quotient)) return parts;
  return unit === '%' ? `${parts} = ${format(value, unit)}` : `100 × ${parts} = ${format(value, unit)}`;
}

/** Parts of one dimension that are shown, largest first. */
const MOST_PARTS = 30;

function breakdownBlock(dimension: string, parts: Readonly<Record<string, number>>, snapshot: Snapshot): Block {
  const { metric, unit, value } = snapshot;
  const all = Object.entries(parts).toSorted(([, a], [, b]) => b - a);
  // A rate's parts are rates of their own, not shares of it.
  const hasShares = (isMoney(unit) || unit === 'count') && value > 0;
  const share = (part: number): string => format(Math.round((1000 * part) / value) / 10, '%');
  const rows = all
    .slice(0, MOST_PARTS)
    .map(([key, part]) => [key, exact(part, unit), ...(hasShares ? [share(part)] : [])]);
  const sum = all.reduce((total, [, part]) => total + part, 0);
  return {
    title: `By ${dimension}`,
    head: [capital(dimension), titleOf(metric), ...(hasShares ? ['Share'] : [])],
    rows,
    more: all.length - rows.length,
    note: hasShares && sum > value ? 'One may be in several parts, so they come to more than the whole.' : '',
  };
}

function revisionsBlock({ earlier, ...latest }: Snapshot, timeOf: (instant: number) => string): Block[] {
  if (earlier.length === 0) return [];
  const all: readonly Revision[] = [...earlier, latest];
  // A person's word is theirs, so who said it and why belongs beside it.
  const said = all.map(statementIn);
  const isStated = said.some(({ who }) => who !== undefined);
  const change = ({ value }: Revision, before: Revision | undefined): string => {
    if (!before) return '';
    return value === before.value ? 'same value' : signed(value - before.value, latest.unit, exact);
  };
  return [
    {
      title: 'Revisions',
      head: ['Revision', 'Value', 'Change', ...(isStated ? ['Recorded', 'Who', 'Note'] : ['Pulled', 'State'])],
      rows: all.map((revision, index) => [
        String(revision.revision),
        exact(revision.value, latest.unit),
        change(revision, all[index - 1]),
        timeOf(revision.pulledAt),
        ...(isStated ? [said[index]?.who ?? '', said[index]?.note ?? ''] : [revision.state]),
      ]),
      more: 0,
      note: `It was changed ${earlier.length === 1 ? 'once' : counted(earlier.length, 'time')} after it was first ${isStated ? 'recorded' : 'pulled'}.`,
    },
  ];
}

function factsOf(snapshot: Snapshot, about: About, timeOf: (instant: number) => string): [string, string][] {
  const { state, source, n, interval, unit, pulledAt, settledAt, revision } = snapshot;
  const { word, means } = STATES[state];
  const { who, note } = statementIn(snapshot);
  const settled = settledAt === undefined ? '' : timeOf(settledAt);
  const facts: [string, string][] = [
    ['State', `${word}: ${means}`],
    ['Source', about.sources.get(source) ?? source],
    [who === undefined ? 'Pulled' : 'Recorded', timeOf(pulledAt)],
    ['Recorded by', who ?? ''],
    ['Note', note ?? ''],
    [
      'Settled',
      settled === '' && state === 'settled' ? `when it was ${who === undefined ? 'pulled' : 'recorded'}` : settled,
    ],
    ['Revision', revision === 1 ? '1, the first' : String(revision)],
    ['Sample', n === undefined ? '' : `n = ${format(n, 'count')}`],
    ['Parts', division(snapshot, about.currency)],
    ['Interval', interval === undefined ? '' : `95%: ${between(interval, unit)}`],
  ];
  return facts.filter(([, text]) => text !== '');
}

/** Evidence of a recorded number that its facts tell already. */
const STATED: ReadonlySet<string> = new Set(['by', 'note']);

/** What an explanation needs to know besides the number. */
export type About = {
  metric: CatalogueMetric;
  zone: Zone;
  currency: string;
  /** Titles of sources by name. */
  sources: ReadonlyMap<string, string>;
  /** What is stored for another day of the same metric, as far as it was read. */
  stored: (day: Day) => Snapshot | undefined;
};

/** One stored number in words: what it is, how it came to be, what it was before. */
export function explanationOf(snapshot: Snapshot, about: About): Explanation {
  const { metric, day, unit, value, state, demo, quality, breakdown = {} } = snapshot;
  const timeOf = (instant: number): string => `${writtenTime(instant, about.zone)} (${about.zone})`;
  const mrr = mrrWords(snapshot, about.currency, about.stored);
  return {
    title: titleOf(metric),
    day,
    about: about.metric.about,
    value: format(value, unit),
    state: STATES[state].word,
    demo,
    facts: factsOf(snapshot, about, timeOf),
    warnings: quality.map(qualityWords),
    waterfall: mrr.waterfall,
    blocks: [
      ...Object.entries(breakdown)
        .map(([dimension, parts]) => breakdownBlock(dimension, parts, snapshot))
        .filter(({ rows }) => rows.length > 0),
      ...mrr.blocks,
      ...revisionsBlock(snapshot, timeOf),
      ...evidenceBlocks(snapshot.evidence, snapshot.evidence.policy === 'record' ? STATED : mrr.known),
    ],
  };
}
