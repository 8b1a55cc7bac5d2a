import { createHash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import type { Json, Observation } from '@plumbline/core/snapshot';
import { endOfDay } from '@plumbline/core/zone';
import type { Ports, Reading } from './provider.ts';
import type { Seen } from './seconds.ts';
import { seconds, spanOf } from './seconds.ts';

type Found = Pick<Observation, 'value' | 'numerator' | 'denominator'>;
/** Coverage is the observed share of all monitors' seconds; `monitors` is what each of them says. */
type How = { policy: string; rows: number; coverage?: number; monitors?: Json };

/** The day's numbers of all monitors; of uptime there are none when no monitor observed anything. */
export function observationsOf(
  { seen, latencies, errors, quality, requests }: Reading,
  day: Day,
  { workspace, config }: Pick<Ports, 'workspace' | 'config'>,
): Observation[] {
  const { provider, monitors, aggregate } = config;
  const zone = workspace.timezone;
  const blind = monitors.filter((monitor) => !seen.some((one) => one.monitor === monitor));
  const known = [...quality, ...seen.flatMap((one) => one.quality), ...blind.map((id) => `unobserved:${id}`)];
  const length = seconds(spanOf(day, zone));
  const coverage = sum(seen.map((one) => one.observedSeconds)) / (length * monitors.length);
  const make = (metric: string, found: Found, { policy, ...rest }: How): Observation => ({
    metric,
    day,
    ...found,
    quality: [...new Set(known)],
    evidence: {
      requests,
      sha256: createHash('sha256')
        .update(JSON.stringify([metric, day, found]))
        .digest('hex'),
      policy: `${provider}-${policy}`,
      ...rest,
    },
    settlesAt: endOfDay(day, zone),
  });

  const worst = seen.toSorted((a, b) => a.percent - b.percent)[0];
  const all = worst && (aggregate === 'min' ? worst : together(seen));
  const counts = seen.map((one) => one.incidents).filter((count) => count !== undefined);
  const how = {
    policy: aggregate,
    rows: seen.length,
    coverage: Math.min(1, coverage),
    monitors: Object.fromEntries(seen.map((one) => [one.monitor, secondsOf(one, length)])),
  };
  const slow = { policy: 'p95-worst', rows: latencies.length, monitors: millisecondsOf(latencies) };
  return [
    ...(all
      ? [
          make('uptime', { value: all.percent, numerator: all.upSeconds, denominator: all.observedSeconds }, how),
          make('downtime_minutes', { value: all.downSeconds / 60 }, how),
        ]
      : []),
    ...(counts.length > 0 && counts.length === seen.length ? [make('incidents', { value: sum(counts) }, how)] : []),
    ...(latencies.length > 0
      ? [make('latency_p95', { value: Math.max(...latencies.map(({ p95 }) => p95)) }, slow)]
      : []),
    ...(errors && errors.total > 0 ? [make('error_rate', shareOf(errors), { policy: 'errors', rows: 1 })] : []),
  ];
}

/** Of a day's seconds: unobserved is what was maintenance, paused or unknown. */
const secondsOf = ({ upSeconds, downSeconds, observedSeconds }: Seen, length: number) => ({
  upSeconds,
  downSeconds,
  unobservedSeconds: Math.max(0, length - observedSeconds),
});

const millisecondsOf = (latencies: Reading['latencies']): Json =>
  Object.fromEntries(latencies.map(({ monitor, p95 }) => [monitor, p95]));

const shareOf = ({ failed, total }: { failed: number; total: number }): Found => ({
  value: (100 * failed) / total,
  numerator: failed,
  denominator: total,
});

/** The mean monitor: percentages are never averaged, seconds are summed. */
function together(seen: readonly Seen[]) {
  const upSeconds = sum(seen.map((one) => one.upSeconds));
  const observedSeconds = sum(seen.map((one) => one.observedSeconds));
  const downSeconds = sum(seen.map((one) => one.downSeconds)) / seen.length;
  return { percent: (100 * upSeconds) / observedSeconds, upSeconds, observedSeconds, downSeconds };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
