import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Day } from './day.ts';
import { addDays, daysBetween, daysFrom, isDay, toDay, weekday } from './day.ts';
import { dayAt, endOfDay, startOfDay, toIso, toZone } from './zone.ts';

const days = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((d) => d.toISOString().slice(0, 10) as Day);
const zones = fc
  .constantFrom(
    'UTC',
    '+02:00',
    '-09:30',
    'Europe/Kyiv',
    'America/New_York',
    'America/Sao_Paulo',
    'Pacific/Apia',
    'Asia/Kathmandu',
  )
  .map(toZone);

describe('a day', () => {
  it('is refused when the calendar has none such', () => {
    expect(isDay('2026-02-29')).toBe(false);
    expect(isDay('2024-02-29')).toBe(true);
    expect(() => toDay('12/02/2026')).toThrow('YYYY-MM-DD');
  });

  it('knows its weekday', () => {
    expect(weekday(toDay('2026-02-13'))).toBe('friday');
    expect(weekday(toDay('1969-12-29'))).toBe('monday');
  });

  it('counts there and back', () => {
    fc.assert(
      fc.property(days, fc.integer({ min: -4000, max: 4000 }), (day, n) => {
        expect(daysBetween(day, addDays(day, n))).toBe(n);
      }),
    );
    expect(daysFrom(toDay('2026-02-27'), toDay('2026-03-01'))).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
    expect(daysFrom(toDay('2026-03-01'), toDay('2026-02-27'))).toEqual([]);
  });
});

describe('a day in a zone', () => {
  it('holds each instant from its start until just before its end', () => {
    fc.assert(
      fc.property(days, zones, (day, zone) => {
        const start = startOfDay(day, zone);
        const end = endOfDay(day, zone);
        if (end === start) return; // Apia had no 2011-12-30
        expect(dayAt(start, zone)).toBe(day);
        expect(dayAt(end - 1, zone)).toBe(day);
        expect(dayAt(end, zone)).not.toBe(day);
      }),
    );
  });

  it('has 23 hours when daylight saving skips one and 25 when it doubles one', () => {
    const zone = toZone('America/New_York');
    const hours = (text: string) => (endOfDay(toDay(text), zone) - startOfDay(toDay(text), zone)) / 3_600_000;
    expect([hours('2026-03-07'), hours('2026-03-08'), hours('2026-11-01')]).toEqual([24, 23, 25]);
  });

  it('starts at the first hour that exists where midnight is skipped', () => {
    expect(toIso(startOfDay(toDay('2018-11-04'), toZone('America/Sao_Paulo')))).toBe('2018-11-04T03:00:00Z');
  });

  it('refuses a zone that nobody knows', () => {
    expect(() => toZone('Mars/Olympus')).toThrow('IANA');
  });
});
