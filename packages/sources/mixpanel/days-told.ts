import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import { startOfDay, toZone } from '@plumbline/core/zone';
import { layCalendar } from './calendar.ts';
import { lineOf } from './event-line.ts';
import { foldExport } from './fold.ts';
import { pseudonym } from './histories.ts';
import { mixpanelConfig } from './language.ts';
import { createRoster } from './roster.ts';

// A program that a test runs in several time zones of the machine: prints how many half hours fall on each day of a workspace, and which
// dates of the export those days touch.

const config = mixpanelConfig.parse({ projectId: 1, metrics: {} });
const HALF_HOUR = 1800;

function told(name: string, text: string): string {
  const [zone, middle] = [toZone(name), toDay(text)];
  const [first, ...rest] = daysFrom(addDays(middle, -1), addDays(middle, 1));
  const calendar = layCalendar([first ?? middle, ...rest], zone, config);
  const fold = foldExport(calendar, () => new Map(), createRoster(), pseudonym);
  const begin = startOfDay(addDays(middle, -3), zone) / 1000;
  for (let time = begin; time < begin + 7 * 48 * HALF_HOUR; time += HALF_HOUR) {
    fold.take(lineOf({ event: 'Login', properties: { time, distinct_id: 'ada' } }));
  }
  const rows = fold.days().map(({ day, rows }) => `${day} ${rows}`);
  return `${name}: ${rows.join(', ')} of ${calendar.from}..${calendar.to}`;
}

const cases = process.argv.slice(2).map((text) => text.split(' '));
console.log(cases.map(([zone = '', day = '']) => told(zone, day)).join('\n'));
