import type { Day } from '@plumbline/core/day';
import { isDay } from '@plumbline/core/day';
import { InputError, excerpt } from '@plumbline/core/errors';

/** How a file writes its days: `DD/MM/YYYY`, with the parts in any order. */
export type DateFormat = { name: string; shape: RegExp };

const YEAR_FIRST = /^(?<y>\d{4})([-/.])(?<m>\d{1,2})\2(?<d>\d{1,2})$/;
/** With points a day comes first wherever dates are written so. */
const POINTS = /^(?<d>\d{1,2})\.(?<m>\d{1,2})\.(?<y>\d{4})$/;
const DAY_OR_MONTH_FIRST = /^\d{1,2}([-/])\d{1,2}\1\d{4}$/;
const SHORT_YEAR = /^\d{1,2}([-/.])\d{1,2}\1\d{2}$/;
const MIDNIGHT = /[T ]00:00(?::00(?:\.0+)?)?$/;
/** Days since 1900 as Excel counts them, from 1954 to 2119. */
const SERIAL = /^[2-7]\d{4}(?:\.\d+)?$/;

/** Reads `DD/MM/YYYY`, `MM-DD-YYYY` and the like. Throws InputError. */
export function toDateFormat(text: string): DateFormat {
  const [, first = '', sign = '', second = '', third = ''] =
    /^(DD|MM|YYYY)([-/.])(DD|MM|YYYY)\2(DD|MM|YYYY)$/i.exec(text) ?? [];
  const parts = [first, second, third].map((part) => part.toLowerCase());
  if (new Set(parts).size !== 3) {
    throw new InputError(`"${excerpt(text)}" is no form of a date; write DD/MM/YYYY, MM/DD/YYYY or the like`);
  }
  const shapes = parts.map((part) => (part === 'yyyy' ? String.raw`(?<y>\d{4})` : `(?<${part[0]}>\\d{1,2})`));
  return { name: text.toUpperCase(), shape: new RegExp(`^${shapes.join(`[${sign}]`)}$`) };
}

/**
 * Reads a day as spreadsheets write it: `2026-01-31`, `31.01.2026`, or as the format says; a midnight behind it is dropped. What may be two
 * days, such as 05/01/2026, is refused unless the format is named.
 */
export function readDay(text: string, format?: DateFormat): { day: Day } | { problem: string } {
  const shown = `"${excerpt(text)}"`;
  const plain = text.trim().replace(MIDNIGHT, '');
  const parts = (format?.shape.exec(plain) ?? YEAR_FIRST.exec(plain) ?? POINTS.exec(plain))?.groups;
  if (parts) {
    const { y = '', m = '', d = '' } = parts;
    const day = `${y}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`;
    return isDay(day) ? { day } : { problem: `${shown} is not a day; write one as YYYY-MM-DD` };
  }
  if (SHORT_YEAR.test(plain)) return { problem: `${shown} has a year of two digits; write it with four` };
  if (format) return { problem: `${shown} is not a day; write one as ${format.name} or YYYY-MM-DD` };
  if (DAY_OR_MONTH_FIRST.test(plain)) {
    const help = 'say which comes first with --date-format DD/MM/YYYY or MM/DD/YYYY, or write YYYY-MM-DD';
    return {
      problem: `${shown} may begin with the day or the month; ${help.replaceAll('/', plain.includes('-') ? '-' : '/')}`,
    };
  }
  if (SERIAL.test(plain)) {
    return {
      problem: `${shown} is how a spreadsheet counts days inside; format the cells as dates, YYYY-MM-DD, and export again`,
    };
  }
  return { problem: `${shown} is not a day; write one as YYYY-MM-DD` };
}
