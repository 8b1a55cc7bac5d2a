import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, earliest, latest } from '@plumbline/core/day';
import { DataError } from '@plumbline/core/errors';
import type { Observation } from '@plumbline/core/snapshot';
import type { CheckResult, Pulled, PullPorts, Puller, PullRange } from '@plumbline/core/source';
import type { Zone } from '@plumbline/core/zone';
import { dayAt, endOfDay, toZone } from '@plumbline/core/zone';
import type { Channels } from './channels.ts';
import { CHANNEL, CHANNEL_METRICS, readChannels } from './channels.ts';
import type { ReportRequest } from './client.ts';
import type { Ga4Config } from './index.ts';
import { ga4 } from './index.ts';
import { DAILY_METRICS, WINDOWS, keyEventRate, readDaily, readWindow, windowStart } from './normalise.ts';
import type { Reading } from './reading.ts';
import { qualityOf, zoneQuality } from './reading.ts';
import type { Job } from './reports.ts';
import { reportsOf } from './reports.ts';
import type { Report } from './schema.ts';
import { AD_COST, readSpend } from './spend.ts';

type Ports = PullPorts<Ga4Config>;

/** What a night pulls again besides key events and ad cost: GA4 settles its other numbers in three days. */
const REPULL_DAYS = 3;

const keyEventOf = ({ config }: Ports) => config.metrics?.website_conversion_rate?.keyEvent;

function dailyReport({ from, to }: Pick<PullRange, 'from' | 'to'>, keyEvent: string | undefined): ReportRequest {
  const metrics = keyEvent === undefined ? DAILY_METRICS : [...DAILY_METRICS, keyEventRate(keyEvent)];
  return { dimensions: ['date'], metrics, from, to };
}

const byChannel = (metrics: readonly string[], from: Day, to: Day): ReportRequest => ({
  dimensions: ['date', CHANNEL],
  metrics,
  from,
  to,
});

/** The daily report comes first and alone: it tells the zone, and so which days are over, and what is left of the quota. */
async function* pull(range: PullRange, ports: Ports): AsyncIterable<Pulled> {
  const { from, to } = range;
  const { clock, config, log, workspace } = ports;
  const reports = reportsOf(ports);
  const keyEvent = keyEventOf(ports);
  const report = await reports.one(dailyReport(range, keyEvent));
  const reading: Reading = { property: zoneOf(report, ports), workspace: workspace.timezone };
  const days = daysFrom(from, to).filter((day) => endOfDay(day, reading.property) <= clock.now());
  const first = firstOpenDay(range, reading);
  const [open, last] = [days.filter((day) => day >= first), days.at(-1)];
  if (last === undefined) return;

  const daily = (channels?: Channels) =>
    readDaily(report, days, { keyEvent, channels, reading }).filter(
      ({ metric, day }) => day >= first || metric === 'website_conversion_rate',
    );
  const jobs: Job<Observation[]>[] = [
    {
      request: byChannel(CHANNEL_METRICS, earliest(first, last), last),
      read: (channels) => daily(readChannels(channels)),
    },
    ...(config.metrics?.ad_spend
      ? [
          {
            request: byChannel([AD_COST], from, last),
            read: (spend: Report) => readSpend(spend, days, { reading, workspace, log }),
          },
        ]
      : []),
    ...open.flatMap((day) =>
      WINDOWS.map((window) => ({
        request: {
          dimensions: [],
          metrics: [...new Set<string>(Object.values(window.metrics))],
          from: windowStart(window, day),
          to: day,
        },
        read: (whole: Report) => readWindow(whole, window, day, reading),
      })),
    ),
  ];
  for (const found of await reports.all(jobs)) yield* found.map(asPulled);
}

const asPulled = (observation: Observation): Pulled => ({ kind: 'observation', ...observation });

/**
 * The first day whose numbers (but key events and ad cost) are taken: in a night the last 4 days, and one more where the property's days
 * end later than the workspace's and so settle a night later; what each night that failed since would have taken; in a backfill all.
 */
function firstOpenDay({ from, to, unpulled }: PullRange, { property, workspace }: Reading): Day {
  if (unpulled === undefined) return from;
  const later = endOfDay(to, property) > endOfDay(to, workspace) ? 1 : 0;
  return latest(from, addDays(unpulled, -REPULL_DAYS - later));
}

function zoneOf({ metadata }: Report, { workspace, log }: Ports): Zone {
  if (!metadata?.timeZone) {
    log.warn("ga4 did not say the property's time zone; the workspace's is taken", { zone: workspace.timezone });
    return workspace.timezone;
  }
  try {
    return toZone(metadata.timeZone);
  } catch (cause) {
    throw new DataError('ga4', `the property's time zone "${metadata.timeZone}" is not known here`, { cause });
  }
}

/** One request: yesterday's numbers and, where asked for, the ad cost of as many days as a night looks at. */
async function check(ports: Ports): Promise<CheckResult> {
  const { clock, config, log, workspace } = ports;
  const day = addDays(dayAt(clock.now(), workspace.timezone), -1);
  const from = addDays(day, -ga4.repullDays);
  const jobs: Job<Pick<CheckResult, 'warnings'> & { sees?: string }>[] = [
    {
      request: dailyReport({ from: day, to: day }, keyEventOf(ports)),
      read(report) {
        const reading = { property: zoneOf(report, ports), workspace: workspace.timezone };
        const found = readDaily(report, [day], { keyEvent: undefined, reading });
        const sessions = found.find(({ metric }) => metric === 'sessions');
        return {
          sees: `property ${config.propertyId} in ${reading.property}, ${sessions?.value ?? 'no'} sessions on ${day}`,
          warnings: [...qualityOf(report), ...zoneQuality(day, reading)],
        };
      },
    },
    ...(config.metrics?.ad_spend
      ? [
          {
            request: byChannel([AD_COST], from, day),
            read(report: Report) {
              const reading = { property: zoneOf(report, ports), workspace: workspace.timezone };
              const spent = readSpend(report, daysFrom(from, day), { reading, workspace, log });
              const nothing = `no ad cost since ${from}: is an ads account linked to the property?`;
              return { warnings: spent.some(({ value }) => value > 0) ? [] : [nothing] };
            },
          },
        ]
      : []),
  ];
  const found = await reportsOf(ports).all(jobs);
  return { sees: found.map(({ sees }) => sees ?? '').join(''), warnings: found.flatMap(({ warnings }) => warnings) };
}

export const puller: Puller<Ga4Config> = { pull, check };
