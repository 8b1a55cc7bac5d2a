import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Change } from './stripe-account.ts';
import { accountOf } from './stripe-account.ts';
import { COUPONS, PRICES } from './stripe-catalogue.ts';
import * as objects from './stripe-objects.ts';

// A process of its own that speaks Stripe's list protocol for an account of any size. Its account goes on changing by a clock that is
// `shift` ms ahead of this machine's. Limits as documented (https://docs.stripe.com/rate-limits), counted by arrival in a second that slides.

const LATENCY_MS = 80;
const PER_SECOND = 100;
const PER_ENDPOINT = 25;
const MOST = 100;

const [subscriptions = 0, end = 0, shift = 0] = process.argv.slice(2).map(Number);
const account = accountOf({ subscriptions, end });
const changes = account.changes();
const now = (): number => Math.floor((Date.now() + shift) / 1000);

/** How many of the sorted times lie before `time`. */
function before(count: number, timeOf: (index: number) => number, time: number): number {
  let low = 0;
  for (let high = count; low < high;) {
    const middle = (low + high) >> 1;
    if (timeOf(middle) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Answer = { status: number; text: string; headers?: Record<string, string> };
const ok = (text: string): Answer => ({ status: 200, text });
const refusal = (status: number, code: string, message: string, headers: Record<string, string> = {}): Answer => ({
  status,
  text: JSON.stringify({ error: { type: 'invalid_request_error', code, message } }),
  headers,
});

/** A page of rows that lie in order of their times, the newest first; `indexOf` finds a cursor's row. */
function page(url: URL, count: number, timeOf: (index: number) => number, textOf: (index: number) => string): Answer {
  const { searchParams: query, pathname } = url;
  const bound = (name: string): number | undefined => (query.has(name) ? Number(query.get(name)) : undefined);
  const limit = Math.min(bound('limit') ?? 10, MOST);
  const upTo = (time: number | undefined): number => (time === undefined ? count : before(count, timeOf, time));
  const next = (time: number | undefined): number | undefined => (time === undefined ? undefined : time + 1);
  const after = query.get('starting_after');
  const cursor = after === null ? count : objects.indexIn(after);
  if (!(cursor <= count)) return refusal(400, 'resource_missing', `No such object: '${after}'`);
  const high = Math.min(cursor, upTo(now() + 1), upTo(bound('created[lt]')), upTo(next(bound('created[lte]'))));
  const from = bound('created[gte]') ?? next(bound('created[gt]'));
  const low = from === undefined ? 0 : upTo(from);
  const first = Math.max(low, high - limit);
  const rows: string[] = [];
  for (let index = high - 1; index >= first; index -= 1) rows.push(textOf(index));
  return ok(list(pathname, rows, first > low));
}

const list = (path: string, rows: readonly string[], hasMore: boolean): string =>
  `{"object":"list","url":"${path}","has_more":${hasMore},"data":[${rows.join(',')}]}`;

const whole = (path: string, rows: readonly unknown[]): Answer =>
  ok(
    list(
      path,
      rows.map((row) => JSON.stringify(row)),
      false,
    ),
  );

const one = (row: object | undefined): Answer =>
  row === undefined ? refusal(404, 'resource_missing', 'No such object') : ok(JSON.stringify(row));

function eventText(change: Change, ordinal: number): string {
  const { index, at } = change;
  return objects.eventText({ ...change, ordinal }, account.stateAt(index, at), account.stateAt(index, at + 1));
}

function events(url: URL): Answer {
  const types = [...url.searchParams].flatMap(([key, value]) => (key.startsWith('types') ? [value] : []));
  if (types.length > 0 && !types.includes('customer.subscription.updated'))
    return refusal(400, 'parameter_unknown', 'this server filters events of subscriptions from others only');
  const timeOf = (index: number): number => changes[index]?.at ?? 0;
  return page(url, changes.length, timeOf, (index) => eventText(changes[index] as Change, index));
}

function answer(url: URL): Answer {
  const { pathname, searchParams: query } = url;
  const [, , kind, id] = pathname.split('/');
  const expands = [...query].flatMap(([key, value]) => (key.startsWith('expand') ? [value] : []));
  const isExpanded = (name: string): boolean => expands.some((path) => path.split('.').includes(name));
  const subscription = (index: number): string =>
    objects.subscriptionText(account.stateAt(index, now() + 1), isExpanded('discounts'));
  const price = { tiers: isExpanded('tiers'), product: isExpanded('product') };
  switch (kind) {
    case 'subscriptions':
      if (id !== undefined) return ok(subscription(objects.indexIn(id)));
      if (query.get('status') !== 'all') return refusal(400, 'parameter_unknown', 'this server lists status=all only');
      return page(url, account.total, (index) => account.created[index] ?? 0, subscription);
    case 'subscription_items': {
      const state = account.stateAt(objects.indexIn(query.get('subscription') ?? ''), now() + 1);
      return ok(list(pathname, objects.itemTexts(state), false));
    }
    case 'prices': {
      if (id !== undefined)
        return one(PRICES.filter((one) => one.id === id).map((one) => objects.priceObject(one, price))[0]);
      const active = query.get('active');
      const found = PRICES.filter((one) => active === null || String(one.active) === active);
      return whole(
        pathname,
        found.map((one) => objects.priceObject(one, price)),
      );
    }
    case 'products':
      if (id !== undefined) return one(objects.productObject(id));
      return whole(pathname, [...new Set(PRICES.map(({ product }) => product))].map(objects.productObject));
    case 'coupons':
      if (id !== undefined) return one(COUPONS.filter((one) => one.id === id).map(objects.couponObject)[0]);
      return whole(pathname, COUPONS.map(objects.couponObject));
    case 'events':
      return events(url);
    default:
      return refusal(404, 'url_invalid', `Unrecognized request URL (GET: ${pathname})`);
  }
}

type Count = { answered: number; refused: number; first: number; last: number };
const counts: Record<string, Count> = {};
const arrivals = new Map<string, number[]>();

/** Whether one more within the last second is too many; if not, it is counted. */
function isOver(key: string, most: number, time: number): boolean {
  const recent = (arrivals.get(key) ?? []).filter((at) => at > time - 1000);
  arrivals.set(key, recent);
  return recent.length >= most || recent.push(time) === 0;
}

function limited(endpoint: string): Answer | undefined {
  const time = performance.now();
  const count = (counts[endpoint] ??= { answered: 0, refused: 0, first: time, last: time });
  count.last = time;
  const reason = isOver(endpoint, PER_ENDPOINT, time)
    ? 'endpoint-rate'
    : isOver('all', PER_SECOND, time)
      ? 'global-rate'
      : undefined;
  count[reason === undefined ? 'answered' : 'refused'] += 1;
  if (reason === undefined) return undefined;
  return refusal(429, 'rate_limit', 'Request rate limit exceeded.', { 'stripe-rate-limited-reason': reason });
}

function send(response: ServerResponse, { status, text, headers }: Answer): void {
  const body = Buffer.from(text, 'latin1');
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, ...headers })
    .end(body);
}

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/bench/counts') return send(response, ok(JSON.stringify(counts)));
  if (url.pathname === '/bench/truth')
    return send(response, ok(JSON.stringify(account.truth(Number(url.searchParams.get('end'))))));
  if (!request.headers.authorization?.startsWith('Bearer rk_live_'))
    return send(response, refusal(401, 'unauthorized', 'Invalid API Key provided'));
  const late = limited(url.pathname.split('/')[2] ?? '');
  setTimeout(() => send(response, late ?? answer(url)), LATENCY_MS);
});
server.keepAliveTimeout = 60_000;
await once(server.listen(0, '127.0.0.1'), 'listening');
process.on('disconnect', () => process.exit());
process.send?.({ port: (server.address() as AddressInfo).port });
