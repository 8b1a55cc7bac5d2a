import { hash } from 'node:crypto';
import { DataError, PlumblineError, VendorError, excerpt } from '@plumbline/core/errors';
import type { Pulled, PullPorts } from '@plumbline/core/source';
import type { Instant } from '@plumbline/core/zone';
import { z } from 'zod';
import { textOf } from '../body.ts';
import { networkError, retryAfterMs } from '../http-errors.ts';
import type { GitHubConfig } from './index.ts';
import { github } from './index.ts';

type Ports = PullPorts<GitHubConfig>;
type Memory = Extract<Pulled, { kind: 'memory' }>;
type Query = Record<string, string>;

/** One page: what was kept of it, whether it was full, and the query of the next one. `etag` is what GitHub knows it by. */
type Page<T> = { etag: string; rows: T; isFull: boolean; next: string | null };

const remembered = z.object({
  etag: z.string(),
  rows: z.unknown(),
  isFull: z.boolean(),
  next: z.string().nullable(),
});

/** Which form the remembered rows have; another one means that they are asked for anew. */
const LAYOUT = 1;
const INDEX = 'pages';
const PAGE_SIZE = 100;
const API_VERSION = '2022-11-28';
/** 100 issue events with their issues; https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api */
const MOST_BYTES = 32 * 1024 * 1024;
/** What GitHub asks for where it names no time: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
const SECONDARY_WAIT_MS = 60_000;

/** The run's time is over; what was read is remembered. */
export class OutOfTime extends Error {}

export type Client = ReturnType<typeof createClient>;

/**
 * GETs with what was read before at hand: a page that has not changed is answered 304, which GitHub does not count against the hourly
 * limit. Pages are kept in the source's memory, those that were not asked for any more go.
 */
export function createClient(ports: Ports) {
  const { memory, clock, http, secret, signal, deadline, baseUrl = github.baseUrl } = ports;
  const used = new Set<string>();
  let fresh: Memory[] = [];

  async function known(key: string): Promise<Page<unknown> | undefined> {
    const bytes = await memory.get(key).catch((error: unknown) => {
      // A part of it has gone: it is read again.
      if (error instanceof PlumblineError && error.code === 'conflict') return undefined;
      throw error;
    });
    return bytes && remembered.safeParse(parsed(bytes)).data;
  }

  async function get<T>(
    path: string,
    search: string,
    schema: z.ZodType<T>,
    accept: string,
    isFinal: (rows: T) => boolean = () => false,
  ): Promise<Page<T>> {
    if (deadline !== undefined && clock.now() >= deadline) throw new OutOfTime(`${used.size} pages read`);
    const url = new URL(baseUrl.replace(/\/+$/, '') + path);
    url.search = search;
    const key = `page/${hash('sha256', JSON.stringify([LAYOUT, url.href, accept]), 'hex').slice(0, 32)}`;
    // The rows of this key were made by the same schema.
    const before = (await known(key)) as Page<T> | undefined;
    used.add(key);
    if (before && isFinal(before.rows)) return before;
    const headers = {
      accept,
      authorization: `Bearer ${secret}`,
      'user-agent': 'plumbline',
      'x-github-api-version': API_VERSION,
      ...(before && { 'if-none-match': before.etag }),
    };
    const name = `GET ${path}`;
    const answer = await http.call(name, (attempt) => fetched(name, url, headers, attempt, ports));
    if (answer === 'unchanged' && before) return { ...before, next: before.next ?? following(before, search) };
    if (answer === 'unchanged') throw new DataError('github', `${name} answered 304 though nothing was remembered`);
    const rows = schema.safeParse(answer.json);
    if (!rows.success) {
      const said = excerpt(z.prettifyError(rows.error));
      throw new DataError('github', `${name} answered in an unknown shape: ${said}`);
    }
    const isFull = Array.isArray(answer.json) && answer.json.length === PAGE_SIZE;
    const page = { etag: answer.etag ?? '', rows: rows.data, isFull, next: nextOf(answer.link) };
    if (answer.etag) fresh.push({ kind: 'memory', key, bytes: new TextEncoder().encode(JSON.stringify(page)) });
    return page;
  }

  const json = 'application/vnd.github+json';

  return {
    one: async <T>(path: string, schema: z.ZodType<T>): Promise<T> => (await get(path, '', schema, json)).rows,

    /** The first page of a list; not asked for again once what is remembered of it is final. */
    first: async <T>(path: string, schema: z.ZodType<T[]>, isFinal: (rows: T[]) => boolean): Promise<T[]> =>
      (await get(path, `per_page=${PAGE_SIZE}`, schema, json, isFinal)).rows,

    /** Page by page, as the `Link` header leads. */
    async *pages<T>(path: string, schema: z.ZodType<T[]>, query: Query = {}): AsyncGenerator<T[]> {
      let search: string | null = new URLSearchParams({ ...query, per_page: String(PAGE_SIZE) }).toString();
      const asked = new Set<string>();
      while (search !== null) {
        if (asked.has(search)) throw new DataError('github', `GET ${path} names a page as its own next one`);
        asked.add(search);
        const page: Page<T[]> = await get(path, search, schema, json);
        yield page.rows;
        search = page.next;
      }
    },

    /** The last page first, then the others down to the first one: of a list that is oldest first and has about so many rows. */
    async *pagesBackwards<T>(path: string, schema: z.ZodType<T[]>, rows: number, accept: string): AsyncGenerator<T[]> {
      const read = (number: number) => get(path, `per_page=${PAGE_SIZE}&page=${number}`, schema, accept);
      const newest: T[][] = [];
      let number = Math.max(1, Math.ceil(rows / PAGE_SIZE));
      for (let page = await read(number); ; page = await read(number + newest.length)) {
        newest.unshift(page.rows);
        if (!page.isFull) break;
      }
      yield* newest;
      while (--number > 0) yield (await read(number)).rows;
    },

    /** What is new to be remembered, once. */
    takeMemory(): Memory[] {
      const taken = fresh;
      fresh = [];
      return taken;
    },

    /** At the end: lets go of the pages of earlier pulls that this one had no use for. */
    async tidy(): Promise<Memory[]> {
      const bytes = await memory.get(INDEX);
      const before = (bytes && z.array(z.string()).safeParse(parsed(bytes)).data) ?? [];
      const now = [...used].toSorted();
      if (JSON.stringify(now) === JSON.stringify(before)) return [];
      const gone = before.filter((key) => !used.has(key));
      return [
        { kind: 'memory', key: INDEX, bytes: new TextEncoder().encode(JSON.stringify(now)) },
        ...gone.map((key): Memory => ({ kind: 'memory', key, bytes: new Uint8Array() })),
      ];
    },
  };

  function parsed(bytes: Uint8Array): unknown {
    signal.throwIfAborted();
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    } catch {
      return undefined;
    }
  }
}

type Answer = { json: unknown; etag: string | null; link: string | null };

async function fetched(
  name: string,
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
  { clock, secret }: Ports,
): Promise<Answer | 'unchanged'> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { headers, signal });
    text = await textOf(response.body ?? [], { source: 'github', name, maxBytes: MOST_BYTES });
  } catch (error) {
    if (signal.aborted || error instanceof DataError) throw error;
    throw networkError('github', name, url, error);
  }
  if (response.status === 304) return 'unchanged';
  if (!response.ok) throw refusal(name, response, text.replaceAll(secret, '***'), clock.now());
  try {
    return { json: JSON.parse(text), etag: response.headers.get('etag'), link: response.headers.get('link') };
  } catch (cause) {
    const options = { cause, retryable: true };
    throw new DataError('github', `${name} answered with something that is not JSON (cut off?)`, options);
  }
}

const MEANINGS: Readonly<Record<number, string>> = {
  401: 'the token is wrong, revoked or expired',
  403: 'the token lacks a permission for this',
  404: 'there is no such repository, or the token may not see it; check repository, and which ones the token is for',
};

function refusal(name: string, { status, headers }: Response, said: string, now: Instant): VendorError {
  const wait = waitFor(status, headers, said, now);
  if (wait !== undefined) {
    const message = `${name} answered ${status}: the request limit is used up`;
    return new VendorError('github', message, { status, retryAfterMs: wait, retryable: true });
  }
  const plain = new VendorError('github', `${name} answered ${status}`, {
    status,
    retryAfterMs: retryAfterMs(headers, now),
  });
  if (plain.retryable) return plain;
  const reason = [MEANINGS[status], said && `it says: ${excerpt(said)}`].filter(Boolean).join('; ');
  return new VendorError('github', `${name} answered ${status}${reason && `: ${reason}`}`, { status });
}

/** How long GitHub's limits ask to wait, which it tells by 403 as well as by 429; undefined for any other refusal. */
function waitFor(status: number, headers: Headers, said: string, now: Instant): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const asked = retryAfterMs(headers, now);
  if (asked !== undefined) return asked;
  const reset = headers.get('x-ratelimit-reset');
  if (headers.get('x-ratelimit-remaining') === '0' && reset !== null && /^\d+$/.test(reset)) {
    // The moment is by GitHub's clock, which the same answer shows.
    const there = Date.parse(headers.get('date') ?? '');
    return Math.max(1000, Number(reset) * 1000 - (Number.isNaN(there) ? now : there));
  }
  return /secondary rate limit|abuse detection/i.test(said) ? SECONDARY_WAIT_MS : undefined;
}

/** The query of the next page. Only that: host and path stay ours, also behind a proxy. */
function nextOf(link: string | null): string | null {
  const part = link?.split(/,\s*(?=<)/).find((one) => one.includes('rel="next"'));
  return /<[^>?]*\?([^>]*)>/.exec(part ?? '')?.[1] ?? null;
}

/** A full last page stays as it is when another one comes behind it, so that one is asked for. */
function following({ isFull }: Page<unknown>, search: string): string | null {
  if (!isFull) return null;
  const query = new URLSearchParams(search);
  query.set('page', String(Number(query.get('page') ?? '1') + 1));
  return query.toString();
}
