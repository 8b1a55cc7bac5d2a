import type { Tone } from '@plumbline/core/words';

// Inline styles are what every mail program reads; the classes of mail-html.ts only carry the dark colours, for those that know of them.
export const COLOURS: Record<Tone, { ink: string; ground: string }> = {
  bad: { ink: '#b3261e', ground: '#fdeceb' },
  warn: { ink: '#8a5200', ground: '#fdf2df' },
  good: { ink: '#17693f', ground: '#e4f5ec' },
  calm: { ink: '#24509f', ground: '#e6eefb' },
  quiet: { ink: '#4b5563', ground: '#eceef1' },
};
export const INK = 'color:#171a1f';
export const SOFT = 'color:#5b6472';
