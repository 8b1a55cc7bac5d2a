import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import type { z } from 'zod';
import type { Answers } from './betterstack-day.ts';
import { isUtcDay, readDay } from './betterstack-day.ts';
import type { Incident, Monitor } from './betterstack-schema.ts';
import { incidentsSchema, monitorSchema, slaSchema } from './betterstack-schema.ts';
import type { Ports, Provider } from './provider.ts';
import { get, isNotFound, noMonitor, pagesOf } from './provider.ts';

const BASE_URL = 'https://uptime.betterstack.com';

/** Outages are listed by their beginning: one that lasts into a day may have begun this long before. */
const LONGEST_OUTAGE_DAYS = 14;

/** Better Stack's uptime API (https://betterstack.com/docs/uptime/api/getting-started-with-uptime-api/). */
export const betterStack: Provider = async (ports) => {
  const { monitors } = ports.config;
  const { timezone: zone } = ports.workspace;
  const details = new Map(await Promise.all(monitors.map(async (id) => [id, await detailsOf(id, ports)] as const)));
  return async (day) => {
    const answers = await Promise.all(monitors.map((id) => answersOf(id, day, details.get(id), ports)));
    const now = ports.clock.now();
    const read = answers.flatMap(({ requests, ...answer }) => {
      const seen = readDay(answer, day, zone, now);
      return seen ? [{ seen, requests }] : [];
    });
    return {
      seen: read.map(({ seen }) => seen),
      latencies: [],
      quality: [],
      requests: read.reduce((sum, { requests }) => sum + requests, 0),
    };
  };
};

async function answersOf(
  monitor: string,
  day: Day,
  details: Monitor | undefined,
  ports: Ports,
): Promise<Answers & { requests: number }> {
  const sla = await slaOf(monitor, day, ports);
  if (isUtcDay(day, ports.workspace.timezone)) return { monitor, sla, details, incidents: undefined, requests: 1 };
  const { incidents, pages } = await incidentsOf(monitor, day, ports);
  return { monitor, sla, details, incidents, requests: 1 + pages };
}

async function slaOf(monitor: string, day: Day, ports: Ports) {
  try {
    return await ask(slaSchema, `/api/v2/monitors/${monitor}/sla?from=${day}&to=${day}`, ports);
  } catch (error) {
    throw isNotFound(error) ? noMonitor(monitor, 'its address in Better Stack', error) : error;
  }
}

/** When the monitor began and whether it is paused. The SLA call says whether it exists, so a server that knows no details will do. */
const detailsOf = (monitor: string, ports: Ports): Promise<Monitor | undefined> =>
  ask(monitorSchema, `/api/v2/monitors/${monitor}`, ports).catch(absentIfNotFound);

async function incidentsOf(monitor: string, day: Day, ports: Ports) {
  const span = { from: addDays(day, -LONGEST_OUTAGE_DAYS), to: addDays(day, 1) };
  const query = new URLSearchParams({ monitor_id: monitor, ...span, per_page: '50' });
  const incidents: Incident[] = [];
  let pages = 0;
  const read = (path: string) => ask(incidentsSchema, path, ports);
  try {
    for await (const page of pagesOf('/api/v2/incidents', `?${query.toString()}`, read)) {
      pages++;
      incidents.push(...page.incidents.filter((one) => one.monitor === undefined || one.monitor === monitor));
    }
  } catch (error) {
    absentIfNotFound(error);
    return { incidents: undefined, pages: pages + 1 };
  }
  return { incidents, pages };
}

const ask = <T>(schema: z.ZodType<T>, path: string, { baseUrl = BASE_URL, http, secret }: Ports): Promise<T> =>
  get(schema, path, { baseUrl, http, secret });

function absentIfNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
