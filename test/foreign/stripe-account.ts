import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// An account of Stripe's that a test may change while it is read. Lists are as https://docs.stripe.com/api/pagination says; pages are small,
// so that each list has several.

export const ACCOUNT_KEY = 'rk_test_account';

export type Row = { id: string; [field: string]: unknown };
export type Objects = {
  /** Newest first, as are events and invoices. */
  subscriptions: Row[];
  /** All items of the subscriptions that hold only the first of theirs. */
  items: Record<string, Row[]>;
  prices: Row[];
  /** In no list: made inside a subscription. */
  unlistedPrices: Row[];
  products: Row[];
  coupons: Row[];
  /** In no list any more, but whole where they are expanded. */
  deletedCoupons: Row[];
  events: Row[];
  invoices: Row[];
};

/** What was asked: `/v1/prices/{id}`, and how often that was asked since the fault was set. */
export type Asked = { endpoint: string; query: URLSearchParams; count: number };
export type Answer = {
  status: number;
  headers?: Record<string, string>;
  body: string;
  /** Breaks off in the middle of the body, or never answers at all. */
  ends?: 'broken off' | 'never';
};
/** What is answered in place of the right answer, if anything. It may change the account too. */
export type Fault = (asked: Asked, answer: Answer) => Answer | undefined | void;

const PAGE: Record<string, number> = { '/v1/subscriptions': 3, '/v1/subscription_items': 5 };
const OTHER_PAGE = 2;

const refusal = (status: number, error: Record<string, string>): Answer => ({
  status,
  body: JSON.stringify({ error: { type: 'invalid_request_error', ...error } }),
});

export type StripeAccount = Awaited<ReturnType<typeof startAccount>>;

export async function startAccount(objects: Objects) {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stripe.test');
    const endpoint = url.pathname.replace(/^(\/v1\/\w+\/)\w+/, '$1{id}');
    const count = (counts.get(endpoint) ?? 0) + 1;
    counts.set(endpoint, count);
    account.asked.push(`${endpoint}${decodeURIComponent(url.search)}`);
    const right = (): Answer =>
      request.headers.authorization === `Bearer ${ACCOUNT_KEY}`
        ? answerOf(account.objects, url)
        : refusal(401, { message: 'Invalid API Key provided' });
    const {
      status,
      headers = {},
      body,
      ends,
    } = account.fault?.({ endpoint, query: url.searchParams, count }, right()) ?? right();
    if (ends === 'never') return;
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...headers,
    });
    if (ends === 'broken off') response.write(body.slice(0, body.length / 2), () => response.destroy());
    else response.end(body);
  });
  const counts = new Map<string, number>();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const account = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    asked: [] as string[],
    fault: undefined as Fault | undefined,
    /** From now on this is wrong, and is counted anew; undefined: nothing is. */
    breaks(fault: Fault | undefined): void {
      account.fault = fault;
      counts.clear();
      account.asked.length = 0;
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return account;
}

function answerOf(objects: Objects, { pathname, searchParams }: URL): Answer {
  const [, , kind = '', id, part] = pathname.split('/');
  if (id !== undefined && part === undefined) {
    const found = [...rowsOf(objects, kind, searchParams), ...objects.unlistedPrices].find((row) => row.id === id);
    if (found) return { status: 200, body: JSON.stringify(expanded(objects, found, searchParams)) };
    return refusal(404, { code: 'resource_missing', param: 'id', message: `No such object: '${id}'` });
  }
  const rows = part === 'lines' ? linesOf(objects, id) : rowsOf(objects, kind, searchParams);
  const after = searchParams.get('starting_after');
  const from = after === null ? 0 : rows.findLastIndex((row) => row.id === after) + 1;
  if (after !== null && from === 0) {
    return refusal(400, { code: 'resource_missing', param: 'starting_after', message: `No such object: '${after}'` });
  }
  const size = Math.min(Number(searchParams.get('limit') ?? 10), PAGE[`/v1/${kind}`] ?? OTHER_PAGE);
  const listed = rows.slice(from).filter((row) => fits(row, searchParams));
  const data = listed.slice(0, size).map((row) => expanded(objects, row, searchParams));
  const page = { object: 'list', url: pathname, has_more: size < listed.length, data };
  return { status: 200, body: JSON.stringify(page) };
}

function rowsOf(objects: Objects, kind: string, query: URLSearchParams): Row[] {
  if (kind === 'subscription_items') return objects.items[query.get('subscription') ?? ''] ?? [];
  return (objects as Record<string, unknown>)[kind] as Row[];
}

const linesOf = ({ invoices }: Objects, id = ''): Row[] => {
  const invoice = invoices.find((row) => row.id === id) as { all?: Row[] } | undefined;
  return invoice?.all ?? [];
};

function fits({ created, active }: Row, query: URLSearchParams): boolean {
  if (query.has('active') && query.get('active') !== String(active)) return false;
  const bound = (name: string, otherwise: number) => Number(query.get(`created[${name}]`) ?? otherwise);
  return created === undefined || (Number(created) >= bound('gte', 0) && Number(created) < bound('lt', Infinity));
}

/** A coupon is whole where it is asked for: of a deleted one that is all that is left. */
function expanded({ deletedCoupons }: Objects, row: Row, query: URLSearchParams): unknown {
  const isAsked = [...query].some(([key, path]) => key.startsWith('expand') && path.endsWith('source.coupon'));
  if (!isAsked) return row;
  return JSON.parse(JSON.stringify(row), (key, value: unknown) =>
    key === 'coupon' ? (deletedCoupons.find(({ id }) => id === value) ?? value) : value,
  );
}
