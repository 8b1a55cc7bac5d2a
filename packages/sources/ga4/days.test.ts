import { toDay } from '@plumbline/core/day';
import { toInstant } from '@plumbline/core/zone';
import { expect, test } from 'vitest';
import { named, observed, plain, pullFrom, row } from './test-property.ts';

/** A property in that zone with 12 sessions on each date, whatever the range. */
const sessionsIn = (timeZone: string, ...dates: string[]) => ({
  dimensionHeaders: named('date'),
  metadata: { timeZone },
  rows: dates.map((date) => row(date.replaceAll('-', ''), 10, 9, 3, 12, 40, 6, 30)).toReversed(),
  rowCount: dates.length,
});

async function pull(zone: string, date: string, now: string, timezone = zone) {
  const day = toDay(date);
  const { pulled, requests } = await pullFrom(
    { date: sessionsIn(zone, date) },
    { from: day, to: day },
    { config: plain, timezone, now },
  );
  const ranges = requests.map(({ dateRanges: [one] }) => `${one?.startDate}..${one?.endDate}`);
  return { found: observed(pulled, 'sessions')[0], ranges };
}

test.each([
  ['23 hours long', 'Europe/Kyiv', '2026-03-29', '2026-03-29T21:00:00Z', '2026-04-01T21:00:00Z'],
  ['25 hours long', 'Europe/Kyiv', '2026-10-25', '2026-10-25T22:00:00Z', '2026-10-28T22:00:00Z'],
  ['without a midnight', 'America/Santiago', '2026-09-06', '2026-09-07T03:00:00Z', '2026-09-10T03:00:00Z'],
  ['before such a one', 'America/Santiago', '2026-09-05', '2026-09-06T04:00:00Z', '2026-09-09T04:00:00Z'],
  ['at the end of February', 'Asia/Kathmandu', '2028-02-29', '2028-02-29T18:15:00Z', '2028-03-03T18:15:00Z'],
  ['far ahead of UTC', 'Pacific/Kiritimati', '2026-12-31', '2026-12-31T10:00:00Z', '2027-01-03T10:00:00Z'],
])('a day %s is pulled once it is over there, and settles 72 hours later', async (_, zone, date, over, settled) => {
  const moment = toInstant(over);
  const before = await pull(zone, date, new Date(moment - 1).toISOString());
  expect([before.found, before.ranges]).toEqual([undefined, [`${date}..${date}`]]);
  const { found } = await pull(zone, date, over);
  expect(found).toMatchObject({ day: date, value: 12, quality: [], settlesAt: toInstant(settled) });
});

test('windows are counted in days of the calendar, over a change of clocks and the end of February', async () => {
  const { ranges } = await pull('Europe/Kyiv', '2028-03-01', '2028-03-02T00:00:00Z');
  expect(ranges.slice(2)).toEqual(['2028-02-24..2028-03-01', '2028-02-03..2028-03-01']);
  const changed = await pull('America/New_York', '2026-03-10', '2026-03-12T00:00:00Z');
  expect(changed.ranges.slice(2)).toEqual(['2026-03-04..2026-03-10', '2026-02-11..2026-03-10']);
});

test('zones that part only for some weeks of the year are a difference only then', async () => {
  // London leaves UTC on 29 March.
  const quality = async (date: string) =>
    (await pull('Europe/London', date, '2026-12-01T00:00:00Z', '+00:00')).found?.quality;
  expect([await quality('2026-03-28'), await quality('2026-03-29'), await quality('2026-03-30')]).toEqual([
    [],
    ['zone:Europe/London'],
    ['zone:Europe/London'],
  ]);
});
