import type { Clock } from '@plumbline/core/ports';
import type { Story } from '../stories/story.ts';
import { limiter } from './limit.ts';
import type { Kind } from './stripe-kinds.ts';
import { VERSION, kindsOf } from './stripe-kinds.ts';
import type { Row } from './stripe-list.ts';
import { Refusal, fixed, page, refuseUnknown, valuesOf } from './stripe-list.ts';
import type { StripeObject } from './stripe-objects.ts';

/** Replaces the ids that `expand` names by their objects: the products of prices. */
function withProducts(
  row: StripeObject,
  paths: readonly string[],
  productNamed: (id: unknown) => StripeObject | undefined,
): StripeObject {
  const filled = (price: StripeObject): StripeObject => ({
    ...price,
    product: productNamed(price['product']) ?? price['product'],
  });
  if (paths.includes('product')) return filled(row);
  if (paths.includes('price.product')) return { ...row, price: filled(row['price'] as StripeObject) };
  return row;
}

/** The expand parameter's paths inside one object, each checked as Stripe does. */
function expansions(query: URLSearchParams, kind: Kind, listed: boolean): string[] {
  return valuesOf(query, 'expand').map((path) => {
    if (path.split('.').length > 4)
      throw new Refusal(
        400,
        `You cannot expand more than 4 levels of a property. Property: ${path}`,
        undefined,
        'expand',
      );
    const inner = listed && path.startsWith('data.') ? path.slice('data.'.length) : listed ? '' : path;
    if (!kind.expandable.includes(inner))
      throw new Refusal(400, `This property cannot be expanded (${path}).`, undefined, 'expand');
    return inner;
  });
}

/**
 * Stripe's API (GET, version 2026-10-28.endive) for what a story has brought up to the clock's now: the secret as bearer, lists by cursor,
 * events of 30 days, 25 requests/s on one endpoint and 100/s (sandbox keys: 25/s) over all. `faults` may answer in its place.
 */
export function stripeVendor(
  story: Story,
  options: { clock: Clock; secret: string; faults?: (request: Request) => Response | undefined },
): (request: Request) => Promise<Response> {
  const livemode = !options.secret.includes('_test_');
  const kinds = kindsOf(story, livemode);
  const products = kinds.find(({ name }) => name === 'products')?.rows ?? [];
  const endpointAllows = limiter(options.clock, 25, 1000);
  const accountAllows = limiter(options.clock, livemode ? 100 : 25, 1000);
  let requests = 0;

  const answer = (request: Request): unknown => {
    const url = new URL(request.url);
    const key = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1];
    if (key === undefined) throw new Refusal(401, 'You did not provide an API key; send it as a bearer token.');
    if (key !== options.secret) throw new Refusal(401, `Invalid API Key provided: ${key.slice(0, 8)}***`);
    const version = request.headers.get('stripe-version') ?? VERSION;
    if (version !== VERSION) throw new Refusal(400, `Invalid Stripe API version: ${version}`);
    const [, first, name, id, part, ...rest] = url.pathname.split('/');
    const kind = kinds.find((candidate) => candidate.name === name);
    const inner = part === undefined ? undefined : kind?.inner?.[part];
    if (first !== 'v1' || kind === undefined || rest.length > 0 || (part && !inner) || request.method !== 'GET')
      throw new Refusal(404, `Unrecognized request URL (${request.method}: ${url.pathname}).`);
    if (!endpointAllows([kind.name, ...(id === undefined ? [] : ['id']), ...(part ? [part] : [])].join('/')))
      throw Refusal.rate('endpoint-rate');
    if (!accountAllows()) throw Refusal.rate('global-rate');
    const now = Math.floor(options.clock.now() / 1000);
    const query = url.searchParams;
    const productNamed = (product: unknown) => products.find((row) => row.id === product)?.at(now);
    const list = (rows: readonly Row[], fits: (object: StripeObject) => boolean, expand: string[]): unknown => {
      const { rows: found, hasMore } = page(rows, query, { now, fits });
      const data = found.map((row) => withProducts(row, expand, productNamed));
      return { object: 'list', data, has_more: hasMore, url: url.pathname };
    };
    if (id === undefined) {
      const expand = expansions(query, kind, true);
      refuseUnknown(query, ['limit', 'starting_after', 'ending_before', 'created', 'expand', ...kind.params]);
      return list(kind.rows, kind.filter(query, now), expand);
    }
    const found = kind.rows.find((row) => row.id === id)?.at(now);
    if (found === undefined)
      throw new Refusal(404, `No such ${kind.name.slice(0, -1)}: '${id}'`, 'resource_missing', 'id');
    if (inner) {
      refuseUnknown(query, ['limit', 'starting_after', 'ending_before']);
      return list(
        inner(found).map((object) => fixed(object, 0)),
        () => true,
        [],
      );
    }
    const expand = expansions(query, kind, false);
    refuseUnknown(query, ['expand']);
    return withProducts(found, expand, productNamed);
  };

  return async (request) => {
    const fault = options.faults?.(request);
    if (fault !== undefined) return fault;
    requests += 1;
    const headers = { 'request-id': `req_${String(requests).padStart(14, '0')}`, 'stripe-version': VERSION };
    try {
      return Response.json(answer(request), { headers });
    } catch (error) {
      if (error instanceof Refusal) return error.response(headers);
      throw error;
    }
  };
}
