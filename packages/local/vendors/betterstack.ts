import type { Day } from '@plumbline/core/day';
import { addDays, isDay } from '@plumbline/core/day';
import type { Clock } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import { dayAt, startOfDay, toZone } from '@plumbline/core/zone';
import type { Outage, Story } from '../stories/story.ts';
import { limiter } from './limit.ts';

const UTC = toZone('UTC');

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const iso = (at: Instant): string => new Date(at).toISOString();

const dates = (query: URLSearchParams, now: Instant): { from: Day | undefined; to: Day | undefined } => {
  const read = (name: string): Day | undefined => {
    const text = query.get(name);
    if (text === null) return undefined;
    if (!isDay(text)) throw new Refusal(400, `The data range is invalid: "${text}" is not a date.`);
    return text;
  };
  const from = read('from');
  const to = read('to');
  if ((from !== undefined && from > dayAt(now, UTC)) || (from !== undefined && to !== undefined && to < from))
    throw new Refusal(400, 'The data range is invalid: it starts in the future, or ends before it starts.');
  return { from, to };
};

/** One page by `page` and `per_page`, with the addresses of the others. */
function paged(url: URL, rows: unknown[], sizes: { usual: number; most: number }): unknown {
  const number = (name: string, usual: number): number =>
    Math.max(1, Number(url.searchParams.get(name) ?? usual) || usual);
  const size = Math.min(sizes.most, number('per_page', sizes.usual));
  const current = number('page', 1);
  const last = Math.max(1, Math.ceil(rows.length / size));
  const address = (page: number): string => {
    const other = new URL(url);
    other.searchParams.set('page', String(page));
    return other.href;
  };
  return {
    data: rows.slice((current - 1) * size, current * size),
    pagination: {
      first: address(1),
      last: address(last),
      prev: current > 1 ? address(current - 1) : null,
      next: current < last ? address(current + 1) : null,
    },
  };
}

/**
 * Better Stack's uptime API for what a story has brought up to the clock's now: the secret as bearer; monitors, a monitor's availability and
 * incidents. Dates are read as UTC dates, both included; the vendor does not say in which zone they are. Its limits are unpublished: 20/s here.
 */
export function betterStackVendor(
  story: Story,
  options: { clock: Clock; secret: string; faults?: (request: Request) => Response | undefined },
): (request: Request) => Promise<Response> {
  const created = startOfDay(addDays(story.start, -30), story.timezone);
  const allows = limiter(options.clock, 20, 1000);

  const happened = (
    monitor: string,
    kind: Outage['kind'],
    from: Instant,
    to: Instant,
  ): { from: Instant; to: Instant }[] =>
    story.outages
      .filter((outage) => outage.monitor === monitor && outage.kind === kind && outage.from < to && outage.to > from)
      .map((outage) => ({ from: Math.max(outage.from, from), to: Math.min(outage.to, to) }));
  const seconds = (spans: { from: Instant; to: Instant }[]): number =>
    spans.reduce((sum, span) => sum + (span.to - span.from) / 1000, 0);

  const monitorOf = ({ id, name }: Story['monitors'][number], now: Instant): unknown => {
    const during = (kind: Outage['kind']): boolean => happened(id, kind, now, now + 1).length > 0;
    return {
      id,
      type: 'monitor',
      attributes: {
        url: `https://${story.name}.example/${name.toLowerCase().replaceAll(' ', '-')}`,
        pronounceable_name: name,
        monitor_type: 'status',
        monitor_group_id: null,
        last_checked_at: iso(now - (now % 30_000)),
        status: during('maintenance') ? 'maintenance' : during('down') ? 'down' : 'up',
        policy_id: null,
        team_name: story.name,
        required_keyword: null,
        verify_ssl: true,
        check_frequency: 30,
        call: false,
        sms: false,
        email: true,
        push: true,
        team_wait: null,
        http_method: 'get',
        request_timeout: 15,
        recovery_period: 0,
        request_headers: [],
        request_body: '',
        paused_at: null,
        created_at: iso(created),
        updated_at: iso(created),
        ssl_expiration: 7,
        domain_expiration: 14,
        regions: ['us', 'eu'],
        maintenance_from: null,
        maintenance_to: null,
        maintenance_timezone: 'UTC',
        maintenance_days: [],
        port: null,
        confirmation_period: 0,
        expected_status_codes: [],
      },
    };
  };

  const availability = (id: string, query: URLSearchParams, now: Instant): unknown => {
    const range = dates(query, now);
    const from = Math.max(created, range.from === undefined ? created : startOfDay(range.from, UTC));
    const to = Math.min(now, range.to === undefined ? now : startOfDay(addDays(range.to, 1), UTC));
    const down = happened(id, 'down', from, to);
    const longest = Math.max(0, ...down.map((span) => (span.to - span.from) / 1000));
    const total = seconds(down);
    const observed = Math.max(1, (to - from) / 1000 - seconds(happened(id, 'maintenance', from, to)));
    return {
      data: {
        id,
        type: 'monitor_sla',
        attributes: {
          availability: Math.round((10_000 * (observed - total)) / observed) / 100,
          total_downtime: total,
          number_of_incidents: down.length,
          longest_incident: longest,
          average_incident: down.length === 0 ? 0 : Math.round(total / down.length),
        },
      },
    };
  };

  const incidents = (query: URLSearchParams, now: Instant): unknown[] => {
    const range = dates(query, now);
    return story.outages
      .map((outage, index) => ({ outage, id: String(70_001 + index), day: dayAt(outage.from, UTC) }))
      .filter(
        ({ outage, day }) =>
          outage.kind === 'down' &&
          outage.from <= now &&
          [null, outage.monitor].includes(query.get('monitor_id')) &&
          (range.from === undefined || day >= range.from) &&
          (range.to === undefined || day <= range.to),
      )
      .toReversed()
      .map(({ outage, id }) => {
        const resolved = outage.to <= now;
        const name = story.monitors.find((monitor) => monitor.id === outage.monitor)?.name ?? outage.monitor;
        return {
          id,
          type: 'incident',
          attributes: {
            name,
            url: `https://${story.name}.example/${name.toLowerCase().replaceAll(' ', '-')}`,
            http_method: 'get',
            cause: 'Status 503',
            incident_group_id: null,
            started_at: iso(outage.from),
            acknowledged_at: null,
            acknowledged_by: null,
            resolved_at: resolved ? iso(outage.to) : null,
            resolved_by: resolved ? 'Better Stack' : null,
            status: resolved ? 'Resolved' : 'Started',
            team_name: story.name,
            response_content: null,
            response_options: '{}',
            regions: ['us', 'eu'],
            response_url: null,
            screenshot_url: null,
            origin_url: null,
            escalation_policy_id: null,
            call: false,
            sms: false,
            email: true,
            push: true,
            metadata: {},
          },
          relationships: { monitor: { data: { id: outage.monitor, type: 'monitor' } } },
        };
      });
  };

  const answer = (request: Request): unknown => {
    const url = new URL(request.url);
    const now = options.clock.now();
    if (request.headers.get('authorization') !== `Bearer ${options.secret}`)
      throw new Refusal(401, 'Invalid Team API token.');
    if (!allows()) throw new Refusal(429, 'Too many requests.');
    const path = /^\/api\/v[23]\/(monitors|incidents)(?:\/([^/]+)(\/sla)?)?$/.exec(url.pathname);
    if (path === null || request.method !== 'GET') throw new Refusal(404, 'Not found');
    const [, resource, id, sla] = path;
    if (resource === 'incidents' && id === undefined)
      return paged(url, incidents(url.searchParams, now), { usual: 10, most: 50 });
    if (resource === 'monitors' && id === undefined)
      return paged(
        url,
        story.monitors.map((monitor) => monitorOf(monitor, now)),
        { usual: 50, most: 250 },
      );
    const monitor = resource === 'monitors' ? story.monitors.find((candidate) => candidate.id === id) : undefined;
    if (monitor === undefined) throw new Refusal(404, 'Resource with provided ID was not found');
    return sla === undefined ? { data: monitorOf(monitor, now) } : availability(monitor.id, url.searchParams, now);
  };

  return async (request) => {
    const fault = options.faults?.(request);
    if (fault !== undefined) return fault;
    try {
      return Response.json(answer(request));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const headers = error.status === 429 ? { 'retry-after': '1' } : undefined;
      return Response.json({ errors: error.message }, { status: error.status, ...(headers ? { headers } : {}) });
    }
  };
}
