import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

type Row = { id: string; created?: number };
/** Answers in place of the list; false lets the list answer. */
type Fault = (request: { path: string; count: number }, response: ServerResponse) => boolean;

export type TestAccount = {
  secret?: string;
  subscriptions?: Row[];
  subscriptionItems?: Record<string, Row[]>;
  prices?: (Row & { active?: boolean })[];
  products?: (Row & { name?: string })[];
  coupons?: Row[];
  events?: Row[];
  invoices?: Row[];
  /** Coupons that were deleted: in no list, but still on the discounts that have them. */
  deletedCoupons?: Row[];
  pageSize?: number;
  fault?: Fault;
};

/** A loopback server that speaks Stripe's list protocol: bearer keys, newest first as given, `starting_after`, `has_more`, `expand`. */
export async function stripeServer(account: TestAccount) {
  const requests: string[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://stripe.test');
    const path = url.pathname;
    requests.push(decodeURIComponent(`${path}${url.search}`));
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    const json = (status: number, body: unknown) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (account.fault?.({ path, count }, response)) return;
    if (request.headers.authorization !== `Bearer ${account.secret ?? 'rk_test_key'}`) {
      return json(401, { error: { type: 'invalid_request_error', message: 'Invalid API Key provided: rk_****key' } });
    }
    const rows = within(rowsOf(account, url), url);
    if (!rows)
      return json(404, { error: { type: 'invalid_request_error', message: `Unrecognized URL (GET: ${path})` } });
    if (!Array.isArray(rows)) return json(200, rows);
    const size = Math.min(Number(url.searchParams.get('limit') ?? 10), account.pageSize ?? 100);
    const after = url.searchParams.get('starting_after');
    const from = after === null ? 0 : rows.findLastIndex(({ id }) => id === after) + 1;
    json(200, { object: 'list', url: path, has_more: from + size < rows.length, data: rows.slice(from, from + size) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}`, requests };
}

/** A list of prices has tiers in the price's own currency only. */
const withoutOtherTiers = (price: Row): Row =>
  JSON.parse(JSON.stringify(price), (key, value: unknown) => {
    if (key !== 'currency_options' || value === null) return value;
    const options = Object.entries(value as Record<string, { tiers?: unknown }>);
    return Object.fromEntries(options.map(([currency, amounts]) => [currency, { ...amounts, tiers: undefined }]));
  }) as Row;

/** The rows of a list that its `created` bounds let through. */
function within(rows: Row[] | Row | undefined, { searchParams }: URL): Row[] | Row | undefined {
  if (!Array.isArray(rows)) return rows;
  const bound = (name: string, otherwise: number) => Number(searchParams.get(`created[${name}]`) ?? otherwise);
  return rows.filter(({ created = 0 }) => created >= bound('gte', 0) && created < bound('lt', Infinity));
}

function rowsOf(account: TestAccount, { pathname, searchParams }: URL): Row[] | Row | undefined {
  const expands = [...searchParams].filter(([key]) => key.startsWith('expand')).map(([, path]) => path);
  const coupons = expands.some((path) => path.endsWith('source.coupon')) ? (account.deletedCoupons ?? []) : [];
  const expanded = (rows: Row[]) =>
    JSON.parse(JSON.stringify(rows), (key, value: unknown) =>
      key === 'coupon' ? (coupons.find(({ id }) => id === value) ?? value) : value,
    ) as Row[];
  switch (pathname) {
    case '/v1/subscriptions':
      return account.subscriptions ?? [];
    case '/v1/subscription_items':
      return expanded(account.subscriptionItems?.[searchParams.get('subscription') ?? ''] ?? []);
    case '/v1/prices':
      return (account.prices ?? [])
        .filter(({ active = true }) => String(active) === (searchParams.get('active') ?? 'true'))
        .map(withoutOtherTiers);
    case '/v1/products':
      return account.products ?? [];
    case '/v1/coupons':
      return account.coupons ?? [];
    case '/v1/invoices':
      return account.invoices ?? [];
    case '/v1/events':
      return account.events ?? [];
    default:
      if (pathname.startsWith('/v1/prices/')) {
        return account.prices?.find(({ id }) => pathname === `/v1/prices/${id}`);
      }
      return expanded(account.subscriptions ?? []).find(({ id }) => pathname === `/v1/subscriptions/${id}`);
  }
}
