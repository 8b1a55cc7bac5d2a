import type { Metric } from '@plumbline/core/metric';
import { titleOf } from '@plumbline/core/metric';
import { capital, counted } from '@plumbline/core/words';
import type { Hypothesis, Indicator } from './schema.ts';
import type { Where } from './series.ts';

const named = (text: string): string =>
  text
    .replace(/^each week (?=\d+-\d)/, 'each of week ')
    .replaceAll(/\b(week|day|month)(?= \d+-\d)/g, '$1s')
    .replaceAll(/\b(weeks?|days?|months?)\b/g, capital)
    .replace('..', ' to ');

/** When an indicator is judged, as a subject line says it: `by Week 6`, `in Weeks 5-6`, `on Day 24`, `kept from Week 3 to end`. `id` is an occasion's, or the indicator's own. */
export function timeOf(indicator: Pick<Indicator, 'by' | 'during' | 'maintain'>, id: string): string {
  if (indicator.by !== undefined) return indicator.by === 'end' ? 'by the end' : `by ${named(indicator.by)}`;
  if (indicator.maintain !== undefined) return `kept from ${named(indicator.maintain)}`;
  const [, occasion] = id.split('#');
  const span = occasion?.replace('-', ' ') ?? indicator.during ?? '';
  return `${/^(day \d+|[\d-]+)$/.test(span) ? 'on' : span.includes('..') ? 'from' : 'in'} ${named(span)}`;
}

/** What is measured, as people read it: `MRR`, `MRR of Pro`. */
export const metricTitle = ({ metric, where }: { metric: Pick<Metric, 'id'>; where: Where }): string => {
  const part = Object.values(where ?? {}).join(', ');
  return part === '' ? titleOf(metric.id) : `${titleOf(metric.id)} of ${part}`;
};

/** Whoever is responsible, as people call them. */
export const titleOfDri = (dris: Readonly<Record<string, { title: string }>>, dri: string): string =>
  dris[dri]?.title ?? dri;

/** A hypothesis's bounds in one line: `go > 45%, pivot < 42%`. */
export const boundsOf = ({ go, pivot }: Pick<Hypothesis, 'go' | 'pivot'>): string => `go ${go}, pivot ${pivot}`;

/** When a hypothesis is decided, as a subject line says it: `after 14 days`. */
export const lengthOf = ({ within }: Pick<Hypothesis, 'within'>): string =>
  `after ${counted(Number.parseInt(within, 10), 'day')}`;
