import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom } from '@plumbline/core/day';
import { DataError, VendorError, excerpt } from '@plumbline/core/errors';
import type { CheckResult, Pulled, PullPorts, Puller } from '@plumbline/core/source';
import { dayAt, endOfDay } from '@plumbline/core/zone';
import { z } from 'zod';
import type { UptimeConfig } from './index.ts';
import { uptime } from './index.ts';
import type { Answers } from './normalise.ts';
import { isUtcDay, observationsOf, readDay } from './normalise.ts';
import type { Incident, Monitor } from './schema.ts';
import { incidentsSchema, monitorSchema, slaSchema } from './schema.ts';

type Ports = PullPorts<UptimeConfig>;

/** Outages are listed by their beginning: one that lasts into a day may have begun this long before. */
const LONGEST_OUTAGE_DAYS = 14;

async function* pull({ from, to }: { from: Day; to: Day }, ports: Ports): AsyncIterable<Pulled> {
  const { monitors, aggregate } = ports.config;
  const { timezone: zone } = ports.workspace;
  const details = new Map(await Promise.all(monitors.map(async (id) => [id, await detailsOf(id, ports)] as const)));
  for (const day of daysFrom(from, to)) {
    const now = ports.clock.now();
    if (endOfDay(day, zone) > now) break;
    const answers = await Promise.all(monitors.map((id) => answersOf(id, day, details.get(id), ports)));
    const seen = answers.map((answer) => readDay(answer, day, zone, now)).filter((one) => one !== undefined);
    for (const observation of observationsOf(seen, { day, zone, monitors, aggregate })) {
      yield { kind: 'observation', ...observation };
    }
  }
}

async function answersOf(monitor: string, day: Day, details: Monitor | undefined, ports: Ports): Promise<Answers> {
  const sla = await slaOf(monitor, day, ports);
  if (isUtcDay(day, ports.workspace.timezone)) return { monitor, sla, details, incidents: undefined, requests: 1 };
  const { incidents, pages } = await incidentsOf(monitor, day, ports);
  return { monitor, sla, details, incidents, requests: 1 + pages };
}

async function slaOf(monitor: string, day: Day, ports: Ports) {
  try {
    return await get(slaSchema, `/api/v2/monitors/${monitor}/sla?from=${day}&to=${day}`, ports);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const message = `there is no monitor ${monitor}; take its id from its address in Better Stack, or remove it from monitors`;
    throw new VendorError('uptime', message, { cause: error, status: 404 });
  }
}

/** When the monitor began and whether it is paused. The SLA call says whether it exists, so a server that knows no details will do. */
const detailsOf = (monitor: string, ports: Ports): Promise<Monitor | undefined> =>
  get(monitorSchema, `/api/v2/monitors/${monitor}`, ports).catch(absentIfNotFound);

async function incidentsOf(monitor: string, day: Day, ports: Ports) {
  const span = { from: addDays(day, -LONGEST_OUTAGE_DAYS), to: addDays(day, 1) };
  const query = new URLSearchParams({ monitor_id: monitor, ...span, per_page: '50' });
  const incidents: Incident[] = [];
  let path: string | undefined = `/api/v2/incidents?${query.toString()}`;
  let pages = 0;
  const asked = new Set<string>();
  while (path !== undefined) {
    if (asked.has(path)) throw new DataError('uptime', 'GET /api/v2/incidents names a page as its own next one');
    asked.add(path);
    const page: z.output<typeof incidentsSchema> | undefined = await get(incidentsSchema, path, ports).catch(
      absentIfNotFound,
    );
    pages++;
    if (page === undefined) return { incidents: undefined, pages };
    incidents.push(...page.incidents.filter((one) => one.monitor === undefined || one.monitor === monitor));
    // Only the path and query: the next page's host is the vendor's, also behind a proxy.
    path = page.next === undefined ? undefined : pathOf(page.next);
  }
  return { incidents, pages };
}

function pathOf(address: string): string {
  const { pathname, search } = new URL(address, uptime.baseUrl);
  return pathname.slice(pathname.indexOf('/api/')) + search;
}

async function get<T>(
  schema: z.ZodType<T>,
  path: string,
  { baseUrl = uptime.baseUrl, http, secret }: Ports,
): Promise<T> {
  const name = `GET ${path.replace(/\?.*/, '')}`;
  const url = new URL(baseUrl.replace(/\/$/, '') + path);
  const answer = schema.safeParse(await http.json(name, url, { headers: { authorization: `Bearer ${secret}` } }));
  if (answer.success) return answer.data;
  throw new DataError('uptime', `${name} answered in an unknown shape: ${excerpt(z.prettifyError(answer.error))}`);
}

const isNotFound = (error: unknown): boolean => error instanceof VendorError && error.status === 404;

function absentIfNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}

async function check(ports: Ports): Promise<CheckResult> {
  const { clock, config, workspace } = ports;
  const day = addDays(dayAt(clock.now(), workspace.timezone), -1);
  const seen = await Promise.all(
    config.monitors.map(async (id) => {
      const { availability } = await slaOf(id, day, ports);
      return availability === null ? `monitor ${id} observed nothing` : `monitor ${id} was up ${availability} %`;
    }),
  );
  return { sees: `${seen.join(', ')} on ${day}`, warnings: [] };
}

export const puller: Puller<UptimeConfig> = { pull, check };
