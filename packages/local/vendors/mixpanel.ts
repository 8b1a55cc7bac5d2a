import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { isDay } from '@plumbline/core/day';
import type { Clock } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import { z } from 'zod';
import type { ProductEvent, Story } from '../stories/story.ts';
import { hash32 } from './hash.ts';

export type MixpanelOptions = {
  clock: Clock;
  projectId: number;
  /** A service account as `user:secret`. */
  secret: string;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** https://docs.mixpanel.com/reference/rate-limits */
const LIMITS = [
  { requests: 60, perMs: HOUR_MS },
  { requests: 3, perMs: 1000 },
];
/** https://docs.mixpanel.com/reference/raw-event-export: a bigger `limit` is refused. */
const MAX_LIMIT = 100_000;
/** Smaller answers are not compressed, by the same page. */
const GZIP_FROM_BYTES = 1400;

const compress = promisify(gzip);

type Row = { event: ProductEvent; arrivesAt: Instant };

const date = z.string().refine(isDay, 'must be a date as yyyy-mm-dd');
const querySchema = z.strictObject({
  project_id: z.string({ error: 'is required for service accounts' }),
  from_date: date,
  to_date: date,
  limit: z.coerce.number().int().positive().max(MAX_LIMIT).optional(),
  event: z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'must be a JSON array of names' });
        return z.NEVER;
      }
    })
    .pipe(z.array(z.string()))
    .optional(),
});

/**
 * Answers as Mixpanel's raw export does (`GET /api/2.0/export`) about a story: Basic auth, UTC dates, JSONL, gzip, its limits by the
 * clock. As there, duplicates are kept, rows come in no order, and what phones sent late (one event in a hundred, 6–40 h) is
 * missing until it came.
 */
export function mixpanelVendor(story: Story, options: MixpanelOptions): (request: Request) => Promise<Response> {
  const { clock, projectId } = options;
  const authorization = `Basic ${Buffer.from(options.secret).toString('base64')}`;
  const rows = rowsByDate(story.events);
  const packed = new Map<number, { count: number; bytes: Buffer }>();
  let asked: Instant[] = [];

  const overLimit = (now: Instant): boolean => {
    asked = asked.filter((at) => at > now - HOUR_MS);
    if (LIMITS.some(({ requests, perMs }) => asked.filter((at) => at > now - perMs).length >= requests)) return true;
    asked.push(now);
    return false;
  };

  const arrived = (epochDay: number): Row[] => (rows.get(epochDay) ?? []).filter((row) => row.arrivesAt <= clock.now());

  /** Each date is a gzip member of its own, so that one packed once serves every range that it lies in. */
  async function* members(first: number, last: number): AsyncGenerator<Buffer> {
    for (let epochDay = first; epochDay <= last; epochDay += 1) {
      const here = arrived(epochDay);
      if (here.length === 0) continue;
      const known = packed.get(epochDay);
      // The same number of arrived rows are the same rows: what has arrived stays.
      if (known?.count === here.length) {
        yield known.bytes;
        continue;
      }
      const bytes = await compress(here.map(toLine).join(''), { level: 1 });
      packed.set(epochDay, { count: here.length, bytes });
      yield bytes;
    }
  }

  return async (request) => {
    const url = new URL(request.url);
    if (request.method !== 'GET' || url.pathname !== '/api/2.0/export') return refuse(404, 'not found');
    if (request.headers.get('authorization') !== authorization) {
      return refuse(401, 'Invalid service account credentials');
    }
    const query = querySchema.safeParse(Object.fromEntries(url.searchParams));
    if (!query.success) return refuse(400, z.prettifyError(query.error));
    const { from_date, to_date, limit, event: names } = query.data;
    if (query.data.project_id !== String(projectId)) {
      return refuse(403, 'User does not have permission to access this project');
    }
    const [first, last] = [epochDayOf(Date.parse(from_date)), epochDayOf(Date.parse(to_date))];
    if (last < first) return refuse(400, 'to_date cannot be less than from_date');
    if (last > epochDayOf(clock.now())) return refuse(400, 'to_date cannot be later than today');
    if (overLimit(clock.now())) {
      return refuse(429, 'Query rate limit exceeded: 60 queries per hour, 3 per second for the raw data export API');
    }

    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    const dates = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    const wantsGzip = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '');
    if (names === undefined && limit === undefined && wantsGzip && dates.some((day) => arrived(day).length > 10)) {
      const stream = ReadableStream.from(members(first, last));
      return new Response(stream, { headers: { ...headers, 'content-encoding': 'gzip' } });
    }
    const chosen = dates.flatMap(arrived).filter(({ event }) => names?.includes(event.event) ?? true);
    const text = chosen.slice(0, limit).map(toLine).join('');
    if (!wantsGzip || Buffer.byteLength(text) <= GZIP_FROM_BYTES) return new Response(text, { headers });
    return new Response(await compress(text), { headers: { ...headers, 'content-encoding': 'gzip' } });
  };
}

const refuse = (status: number, error: string): Response => Response.json({ error, status: 'error' }, { status });

const epochDayOf = (at: Instant): number => Math.floor(at / DAY_MS);

function rowsByDate(events: readonly ProductEvent[]): Map<number, Row[]> {
  const drawn = events
    .map((event, index) => ({ event, chance: hash32(`${index} ${event.event} ${event.person} ${event.at}`) }))
    .sort((a, b) => a.chance - b.chance);
  const rows = new Map<number, Row[]>();
  for (const { event, chance } of drawn) {
    const epochDay = epochDayOf(event.at);
    const list = rows.get(epochDay) ?? [];
    list.push({ event, arrivesAt: event.at + delayOf(chance) });
    rows.set(epochDay, list);
  }
  return rows;
}

/** Two seconds at most, but for one event in a hundred 6 to 40 hours. */
const delayOf = (chance: number): number =>
  chance % 100 === 0 ? 6 * HOUR_MS + (Math.floor(chance / 100) % (34 * HOUR_MS)) : Math.floor(chance / 100) % 2000;

function toLine({ event, arrivesAt }: Row): string {
  const properties = {
    time: Math.floor(event.at / 1000),
    distinct_id: event.person,
    ...(event.insertId === undefined ? {} : { $insert_id: event.insertId }),
    mp_processing_time_ms: arrivesAt,
    ...event.properties,
  };
  return `${JSON.stringify({ event: event.event, properties })}\n`;
}
