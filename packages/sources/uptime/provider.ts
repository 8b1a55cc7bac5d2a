import type { Day } from '@plumbline/core/day';
import { DataError, VendorError, excerpt } from '@plumbline/core/errors';
import type { PullPorts } from '@plumbline/core/source';
import { toIso } from '@plumbline/core/zone';
import { z } from 'zod';
import type { UptimeConfig } from './index.ts';
import type { Seen, Span } from './seconds.ts';

export type Ports = PullPorts<UptimeConfig>;

/** One day as a monitoring service tells it. A monitor that observed nothing is not among `seen`. */
export type Reading = {
  seen: Seen[];
  /** P95 latencies of the whole day in milliseconds. */
  latencies: { monitor: string; p95: number }[];
  /** Requests that failed, of all of them. */
  errors?: { failed: number; total: number };
  /** What a reader should know, besides what each monitor says itself. */
  quality: string[];
  requests: number;
};

/** One monitoring service: what it says of all days at once, then day by day. */
export type Provider = (ports: Ports) => Promise<(day: Day) => Promise<Reading>>;

type Call = Pick<Ports, 'http' | 'secret'> & {
  baseUrl: string;
  headers?: Record<string, string>;
  /** What to do where the key is refused. */
  advice?: string;
};

/** GETs a path of the service and reads it by its schema. Throws VendorError, or DataError for a shape that is not known. */
export async function get<T>(schema: z.ZodType<T>, path: string, call: Call): Promise<T> {
  const { baseUrl, http, secret, headers, advice } = call;
  const name = `GET ${path.replace(/\?.*/, '')}`;
  const url = new URL(baseUrl.replace(/\/$/, '') + path);
  const init = { headers: { authorization: `Bearer ${secret}`, ...headers } };
  const json = await http.json(name, url, init).catch((error: unknown) => {
    const isKey = error instanceof VendorError && (error.status === 401 || error.status === 403);
    throw isKey && advice !== undefined ? advised(error, advice) : error;
  });
  const answer = schema.safeParse(json);
  if (answer.success) return answer.data;
  throw new DataError('uptime', `${name} answered in an unknown shape: ${excerpt(z.prettifyError(answer.error))}`);
}

export const isNotFound = (error: unknown): boolean => error instanceof VendorError && error.status === 404;

/** A refusal with what to do about it. */
const advised = (error: VendorError, advice: string): VendorError =>
  new VendorError('uptime', `${error.message.replace('[uptime] ', '')} (${advice})`, {
    cause: error,
    status: error.status,
  });

/** A monitor of the workspace file that the service does not have. */
export const noMonitor = (monitor: string, place: string, cause?: unknown): VendorError =>
  new VendorError('uptime', `there is no monitor ${monitor}; take its id from ${place}, or remove it from monitors`, {
    cause,
    status: 404,
  });

/** More pages than any account has; who goes on from there would go on for ever. */
const MOST_PAGES = 1000;

/**
 * The pages of a list, as each names the next one. Only the query is taken from there: host and path stay ours, also behind a proxy, and the
 * link may be relative. Throws DataError for pages that lead in a circle, or have no end.
 */
export async function* pagesOf<Page extends { next: string | undefined }>(
  path: string,
  query: string,
  read: (path: string) => Promise<Page>,
): AsyncGenerator<Page> {
  const asked = new Set<string>();
  let search: string | undefined = query;
  while (search !== undefined) {
    if (asked.has(search)) throw new DataError('uptime', `GET ${path} names a page as its own next one`);
    if (asked.size === MOST_PAGES) throw new DataError('uptime', `GET ${path} goes on after ${MOST_PAGES} pages`);
    asked.add(search);
    // oxlint-disable-next-line no-await-in-loop -- each page names the next one
    const page: Page = await read(path + search);
    yield page;
    const next = page.next === undefined ? undefined : URL.parse(page.next, 'https://next.invalid');
    if (next === null) throw new DataError('uptime', `GET ${path} names a next page that is no address`);
    search = next?.search;
  }
}

/** How far the span of an answer may be off the one that was asked for, for its rounding. */
const SAME_SPAN_MS = 60_000;

/** Throws DataError for an answer about another span than the one that was asked for. */
export function mustTellOf(asked: Span, told: Span, path: string): void {
  if (Math.abs(told.from - asked.from) <= SAME_SPAN_MS && Math.abs(told.to - asked.to) <= SAME_SPAN_MS) return;
  const [wanted, got] = [asked, told].map(({ from, to }) => `${toIso(from)} to ${toIso(to)}`);
  throw new DataError('uptime', `GET ${path} was asked for ${wanted} and tells of ${got}`);
}
