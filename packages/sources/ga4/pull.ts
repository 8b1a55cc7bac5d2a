import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, earliest, latest } from '@plumbline/core/day';
import { DataError } from '@plumbline/core/errors';
import type { Observation } from '@plumbline/core/snapshot';
import type { CheckResult, Pulled, PullPorts, Puller, PullRange } from '@plumbline/core/source';
import type { Zone } from '@plumbline/core/zone';
import { dayAt, endOfDay, toZone } from '@plumbline/core/zone';
import { connect } from './client.ts';
import type { Ga4Config } from './index.ts';
import type { Reading } from './normalise.ts';
import {
  DAILY_METRICS,
  WINDOWS,
  keyEventRate,
  qualityOf,
  readDaily,
  readWindow,
  windowStart,
  zoneQuality,
} from './normalise.ts';
import type { Report } from './schema.ts';

type Ports = PullPorts<Ga4Config>;

/** What a night pulls again besides key events: GA4 settles its other numbers in three days. */
const REPULL_DAYS = 3;

const keyEventOf = ({ config }: Ports) => config.metrics?.website_conversion_rate?.keyEvent;

const dailyMetrics = (keyEvent: string | undefined) =>
  keyEvent === undefined ? DAILY_METRICS : [...DAILY_METRICS, keyEventRate(keyEvent)];

async function* pull(range: PullRange, ports: Ports): AsyncIterable<Pulled> {
  const { from, to } = range;
  const ask = connect(ports);
  const keyEvent = keyEventOf(ports);
  const report = await ask({ dimensions: ['date'], metrics: dailyMetrics(keyEvent), from, to });
  const reading: Reading = { property: zoneOf(report, ports), workspace: ports.workspace.timezone };
  const days = daysFrom(from, to).filter((day) => endOfDay(day, reading.property) <= ports.clock.now());
  const first = firstOpenDay(range, reading);

  const daily = readDaily(report, days, keyEvent, reading);
  yield* daily.filter(({ metric, day }) => day >= first || metric === 'website_conversion_rate').map(asPulled);

  const windows = days.filter((day) => day >= first).flatMap((day) => WINDOWS.map((window) => ({ day, window })));
  const found = await Promise.all(
    windows.map(async ({ day, window }) => {
      const metrics = [...new Set<string>(Object.values(window.metrics))];
      const answer = await ask({ dimensions: [], metrics, from: windowStart(window, day), to: day });
      return readWindow(answer, window, day, reading);
    }),
  );
  yield* found.flat().map(asPulled);
}

const asPulled = (observation: Observation): Pulled => ({ kind: 'observation', ...observation });

/**
 * The first day whose numbers (but key events) are taken: in a night the last 4 days, and one more where the property's days end later
 * than the workspace's and so settle a night later; all that no earlier night has brought; in a backfill all.
 */
function firstOpenDay({ from, to, unpulled }: PullRange, { property, workspace }: Reading): Day {
  if (unpulled === undefined) return from;
  const later = endOfDay(to, property) > endOfDay(to, workspace) ? 1 : 0;
  return latest(from, earliest(unpulled, addDays(to, -REPULL_DAYS - later)));
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

async function check(ports: Ports): Promise<CheckResult> {
  const { clock, config, workspace } = ports;
  const day = addDays(dayAt(clock.now(), workspace.timezone), -1);
  const report = await connect(ports)({
    dimensions: ['date'],
    metrics: dailyMetrics(keyEventOf(ports)),
    from: day,
    to: day,
  });
  const property = zoneOf(report, ports);
  const sessions = readDaily(report, [day], undefined, { property, workspace: workspace.timezone }).find(
    ({ metric }) => metric === 'sessions',
  );
  return {
    sees: `property ${config.propertyId} in ${property}, ${sessions?.value ?? 'no'} sessions on ${day}`,
    warnings: [...qualityOf(report), ...zoneQuality(day, { property, workspace: workspace.timezone })],
  };
}

export const puller: Puller<Ga4Config> = { pull, check };
