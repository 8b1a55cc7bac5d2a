import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import type { Clock } from '@plumbline/core/ports';
import { silentLog } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import { endOfDay, toZone } from '@plumbline/core/zone';
import { startMachine } from '@plumbline/local/machine';
import { pullThrough } from '@plumbline/night/pull';
import { expect, onTestFinished, test } from 'vitest';
import { GA4_KEY, startGa4 } from './foreign/ga4.ts';
import { MIXPANEL_SECRET, startMixpanel } from './foreign/mixpanel.ts';
import { seedsWith, temporaryFolder, tidyUp } from './support.ts';

tidyUp();

const FIRST = toDay('2026-03-01');
const LAST = toDay('2026-03-14');
const ZONE = toZone('Europe/Kyiv');

/** A workspace with one source that fails in the nights of an outage: the states of a metric's days after the last night. */
async function states(
  source: 'ga4' | 'mixpanel',
  metric: string,
  outage: readonly Day[],
): Promise<Record<string, string>> {
  const server = await (source === 'ga4' ? startGa4() : startMixpanel());
  const config =
    source === 'ga4' ? 'propertyId: "424242"' : 'projectId: 99, metrics: { dau: { uniques: "*", days: 1 } }';
  const seeds = await seedsWith('acme', {
    'workspace.yaml': `workspace: acme
name: Acme
timezone: ${ZONE}
currency: USD
dris: { ceo: { title: CEO, email: ceo@acme.example } }
fallbackDri: ceo
sources: { ${source}: { baseUrl: "${server.url}", ${config} } }
`,
  });
  const env = { PLUMBLINE_ACME_GA4: GA4_KEY, PLUMBLINE_ACME_MIXPANEL: MIXPANEL_SECRET };
  const machine = await startMachine({ data: await temporaryFolder(), seeds, env, log: silentLog });
  onTestFinished(() => Promise.all([machine.close(), server.close()]).then(() => undefined));
  const site = machine.site('acme');
  for (const day of daysFrom(FIRST, LAST)) {
    const night = { id: `night_acme_${day}`, workspace: 'acme', day, demo: false, silent: false, expects: [source] };
    const openedAt = endOfDay(day, ZONE) + 3 * 3_600_000;
    // oxlint-disable-next-line no-await-in-loop -- one night after the other
    await site.store.nights.open({ ...night, openedAt, sources: [] });
    server.fault = outage.includes(day) ? 'refuses' : undefined;
    // oxlint-disable-next-line no-await-in-loop -- one night after the other
    const { state } = await pullThrough({ ...site, clock: clockAt(openedAt) }, source, day, {});
    expect([day, state]).toEqual([day, outage.includes(day) ? 'failed' : 'ok']);
  }
  const stored = await site.store.snapshots.series('acme', metric, FIRST, LAST);
  return Object.fromEntries(stored.map(({ day, state }) => [day, state]));
}

/** Only waiting moves it. */
function clockAt(time: Instant): Clock {
  return {
    now: () => time,
    sleep: async (ms) => void (time += ms),
  };
}

const settledUpTo = (last: string) =>
  Object.fromEntries(daysFrom(FIRST, LAST).map((day) => [day, day <= last ? 'settled' : 'provisional']));

test.each([
  ['ga4', 'sessions', 1, addDays(LAST, -3)],
  ['ga4', 'sessions', 4, addDays(LAST, -3)],
  ['mixpanel', 'dau', 5, addDays(LAST, -1)],
] as const)(
  '%s: what was provisional before an outage is settled after it (%s, %i nights)',
  async (source, metric, nights, settled) => {
    const outage = daysFrom(toDay('2026-03-06'), addDays(toDay('2026-03-06'), nights - 1));
    expect(await states(source, metric, outage)).toEqual(settledUpTo(settled));
  },
);
