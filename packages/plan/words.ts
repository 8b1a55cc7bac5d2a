import type { Indicator } from './schema.ts';

const capital = (text: string): string =>
  text
    .replaceAll(/\b(week|day|month)\b/g, (word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .replace('..', ' to ');

/** When an indicator is judged, as a subject line says it: `by Week 6`, `in Week 5-6`, `kept from Week 3 to end`. `id` is an occasion's. */
export function timeOf(indicator: Pick<Indicator, 'by' | 'during' | 'maintain'>, id: string): string {
  if (indicator.by !== undefined) return indicator.by === 'end' ? 'by the end' : `by ${capital(indicator.by)}`;
  if (indicator.maintain !== undefined) return `kept from ${capital(indicator.maintain)}`;
  const [, occasion] = id.split('#');
  return `in ${capital(occasion?.replace('-', ' ') ?? indicator.during ?? '')}`;
}
