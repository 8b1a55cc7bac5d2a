import { toDay } from '@plumbline/core/day';
import type { Pulled } from '@plumbline/core/source';
import { z } from 'zod';
import type { Asked, Reply } from '../testing.ts';
import { collect, portsFor, serve } from '../testing.ts';
import type { UptimeConfig } from './index.ts';
import { puller } from './pull.ts';

// What the tests of CloudWatch have in common: a server that its SDK speaks to, and pulls of one day.

export const A = 'route53:6c0e39a1-2d0c-4d0c-9a0b-0e7a3a2b1c4d';
export const day = toDay('2026-02-12');
export const now = '2026-02-13T03:00:00Z';
export const one: UptimeConfig = { provider: 'cloudwatch', monitors: [A], aggregate: 'min' };

/** The credentials that the SDK takes from the environment. */
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'test' };

const requestSchema = z.object({
  StartTime: z.number(),
  EndTime: z.number(),
  NextToken: z.string().optional(),
  MetricDataQueries: z.array(
    z.object({
      Id: z.string(),
      MetricStat: z.object({
        Metric: z.object({
          Namespace: z.string(),
          MetricName: z.string(),
          Dimensions: z.tuple([z.object({ Name: z.string(), Value: z.string() })]),
        }),
        Period: z.number(),
        Stat: z.string(),
      }),
    }),
  ),
});
export const requestOf = ({ body }: Asked) => requestSchema.parse(JSON.parse(body));
export type Query = { metric: string; of: string; stat: string; period: number; from: number; to: number };

export const queriesOf = (asked: Asked): (Query & { id: string })[] => {
  const { StartTime, EndTime, MetricDataQueries } = requestOf(asked);
  return MetricDataQueries.map(({ Id, MetricStat: { Metric, Period, Stat } }) => ({
    id: Id,
    metric: `${Metric.Namespace} ${Metric.MetricName}`,
    of: Metric.Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(),
    stat: Stat,
    period: Period,
    from: StartTime,
    to: EndTime,
  }));
};

export const result = (id: string, points: readonly (readonly [number, number])[], StatusCode = 'Complete') => ({
  Id: id,
  Label: id,
  Timestamps: points.map(([at]) => at),
  Values: points.map(([, value]) => value),
  StatusCode,
});

/** A value for each period of a query, where there is one. */
export const everyPeriod = ({ from, to, period }: Query, value: (at: number) => number | undefined) =>
  Array.from({ length: (to - from) / period }, (_, index) => from + index * period).flatMap((at) => {
    const found = value(at);
    return found === undefined ? [] : [[at, found] as const];
  });

/** CloudWatch as far as its own SDK asks here. */
export const cloudWatchWith = (values: (query: Query) => readonly (readonly [number, number])[]) =>
  serve((asked): Reply => ({
    body: { MetricDataResults: queriesOf(asked).map((query) => result(query.id, values(query))), Messages: [] },
  }));

type Options = { config?: UptimeConfig; timezone?: string; now?: string };
export async function pullFrom(
  baseUrl: string,
  { config = one, ...options }: Options = {},
  on = day,
): Promise<Pulled[]> {
  const ports = portsFor('uptime', config, { baseUrl, secret: '', now, timezone: 'UTC', ...options });
  return collect(puller.pull({ from: on, to: on }, ports));
}
