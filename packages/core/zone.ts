import { Temporal } from 'temporal-polyfill';
import type { Day } from './day.ts';
import { addDays } from './day.ts';
import { InputError } from './errors.ts';

declare const brand: unique symbol;

/** An IANA time zone name (`Europe/Kyiv`) or a fixed offset (`+02:00`). */
export type Zone = string & { readonly [brand]: 'Zone' };

/** Milliseconds since 1970-01-01T00:00:00Z. Written as ISO 8601 only at the edges. */
export type Instant = number;

/** Reads a zone. Throws InputError for a name that the time zone database does not know. */
export function toZone(text: string): Zone {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text);
  } catch (cause) {
    throw new InputError(`"${text}" is not a time zone; write an IANA name (Europe/Kyiv) or an offset (+02:00)`, {
      cause,
    });
  }
  return text as Zone;
}

/** The first instant of the day there; where daylight saving skips midnight, the first instant that exists. */
export function startOfDay(day: Day, zone: Zone): Instant {
  return Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: zone }).epochMilliseconds;
}

/** The first instant after the day there: what a day's stock is measured "as at". Days last 23, 24 or 25 hours. */
export const endOfDay = (day: Day, zone: Zone): Instant => startOfDay(addDays(day, 1), zone);

/** The instant of a wall-clock time (`16:00`) on a day there; in a daylight-saving gap, the moment after it. */
export function atTime(day: Day, time: string, zone: Zone): Instant {
  return Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(time) })
    .epochMilliseconds;
}

/** The calendar day there at that instant. */
export function dayAt(instant: Instant, zone: Zone): Day {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate().toString() as Day;
}

/** Offset from UTC at that instant, in milliseconds; east is positive. */
export function offsetAt(instant: Instant, zone: Zone): number {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6;
}

/** `2026-02-13 03:00`, by the clocks there. */
export const clockAt = (instant: Instant, zone: Zone): string =>
  toIso(instant + offsetAt(instant, zone))
    .slice(0, 16)
    .replace('T', ' ');

/** `2026-02-13T01:00:07Z`: whole seconds where there are no milliseconds. */
export const toIso = (instant: Instant): string => new Date(instant).toISOString().replace('.000Z', 'Z');

/** Reads an ISO 8601 instant with its offset or Z. Throws InputError. */
export function toInstant(text: string): Instant {
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch (cause) {
    throw new InputError(`"${text}" is not an instant; write one as 2026-02-13T01:00:00Z`, { cause });
  }
}
