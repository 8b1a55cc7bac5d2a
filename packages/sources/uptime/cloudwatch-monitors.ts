import type { Query } from './cloudwatch-client.ts';

/** Where Route 53 keeps its metrics, wherever what it checks may be. */
const ROUTE_53_REGION = 'us-east-1';

/** Seconds that a run of a canary stands for at most, until the next one: they run once an hour at least. */
const LONGEST_RUN = 3600;

type Source = Omit<Query, 'period'> & { region: string };

/** How a monitor's name in the workspace file is measured. */
export type Monitored = {
  id: string;
  region: string;
  /** A metric by period whose value over `whole` is the share of it that was up; each value stands until the next one, for `lasts` seconds at most. */
  up: (Source & { whole: number; lasts: number | undefined }) | undefined;
  /** A metric whose p95 over the day, times `toMs`, is a latency. */
  latency: Source & { toMs: number };
  /** Counts over the day: requests that failed, and all. */
  errors: { failed: Source; total: Source } | undefined;
};

/** `route53:<id of a health check>`, `synthetics:<name of a canary>`, `alb:app/<name>/<id>` of a load balancer. */
export const MONITOR = /^(?:route53:[0-9a-f-]{36}|synthetics:[a-z0-9_-]{1,255}|alb:app\/[\w-]{1,32}\/[0-9a-f]{16})$/;
/** Of these only what answers a check by itself says whether it is up. */
export const WATCHED = /^(?:route53|synthetics):/;

/**
 * Health checks: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html, canaries:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_metrics.html, load balancers:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html.
 */
export function monitored(id: string, ownRegion: string): Monitored {
  const colon = id.indexOf(':');
  const [kind, value] = [id.slice(0, colon), id.slice(colon + 1)];
  const region = kind === 'route53' ? ROUTE_53_REGION : ownRegion;
  const source = (namespace: string, dimension: string) => (metric: string, stat: string) => ({
    region,
    namespace,
    metric,
    stat,
    dimension: { name: dimension, value },
  });
  if (kind === 'route53') {
    const of = source('AWS/Route53', 'HealthCheckId');
    const up = { ...of('HealthCheckStatus', 'Average'), whole: 1, lasts: undefined };
    return { id, region, up, latency: { ...of('TimeToFirstByte', 'p95'), toMs: 1 }, errors: undefined };
  }
  if (kind === 'synthetics') {
    const of = source('CloudWatchSynthetics', 'CanaryName');
    const up = { ...of('SuccessPercent', 'Average'), whole: 100, lasts: LONGEST_RUN };
    return { id, region, up, latency: { ...of('Duration', 'p95'), toMs: 1 }, errors: undefined };
  }
  const of = source('AWS/ApplicationELB', 'LoadBalancer');
  const errors = { failed: of('HTTPCode_Target_5XX_Count', 'Sum'), total: of('RequestCount', 'Sum') };
  return { id, region, up: undefined, latency: { ...of('TargetResponseTime', 'p95'), toMs: 1000 }, errors };
}
