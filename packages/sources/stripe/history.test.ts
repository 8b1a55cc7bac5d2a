import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHttp } from '../http.ts';
import { statusAt } from './as-at.ts';
import { createClient } from './client.ts';
import { invoiceSchema } from './invoice-schema.ts';
import { asInvoiced, openHistory, readHistory } from './history.ts';
import { subscriptionSchema } from './schema.ts';
import { invoice, line } from './test-invoices.ts';
import type { TestSubscription } from './test-objects.ts';
import { at, item, price, subscription } from './test-objects.ts';
import type { TestAccount } from './test-server.ts';
import { stripeServer } from './test-server.ts';

const DAY = 86_400;
const pro = price({ id: 'price_pro' });
const day = (text: string): number => at(`${text}T00:00:00Z`);

type TestInvoice = ReturnType<typeof invoice>;

function historyOf(invoices: readonly TestInvoice[], from = 0) {
  const history = openHistory(from);
  for (const each of invoices.map((one) => invoiceSchema.parse(one))) history.add(each, each.lines.data);
  return history;
}

/** The items that an account with those invoices had just before the end of that day, and whether the invoices say so. */
function stood(now: TestSubscription, invoices: readonly TestInvoice[], end: string) {
  const past = asInvoiced(subscriptionSchema.parse(now), historyOf(invoices), day(end));
  const { status, pause_collection, items } = past.subscription;
  return {
    items: items.data.map((each) => [
      each.id,
      typeof each.price === 'string' ? each.price : each.price?.id,
      each.quantity,
    ]),
    status,
    isPaused: pause_collection != null,
    isInvoiced: past.isInvoiced,
  };
}

/** Now it has three units of the pro price. */
const present = (fields: Record<string, unknown> = {}) =>
  subscription([item(pro, { id: 'si_1', quantity: 3 })], {
    id: 'sub_1',
    created: day('2025-01-01'),
    start_date: day('2025-01-01'),
    ...fields,
  });

describe('the price and quantity of the past', () => {
  const invoices = [
    invoice([line({ price: 'price_small', quantity: 1, from: '2026-01-01', to: '2026-02-01' })]),
    invoice([line({ quantity: 2, from: '2026-02-01', to: '2026-03-01' })]),
  ];
  test.each([
    ['2026-01-01', 'which the first period has not reached', 'price_small', 1, false],
    ['2026-01-02', 'within the first period', 'price_small', 1, true],
    ['2026-02-01', 'which the first period ends at', 'price_small', 1, true],
    ['2026-02-02', 'within the second', 'price_pro', 2, true],
    ['2026-03-01', 'which the second ends at', 'price_pro', 2, true],
    ['2026-03-02', 'which no invoice covers any more', 'price_pro', 3, false],
  ])('at %s, %s', (end, _why, of, quantity, isInvoiced) => {
    expect(stood(present(), invoices, end)).toMatchObject({ items: [['si_1', of, quantity]], isInvoiced });
  });

  test('of a change within a period show from the next one on: prorations tell of money, not of a state', () => {
    const changed = [
      invoice([line({ quantity: 1 })]),
      invoice([line({ quantity: 8, from: '2026-01-10', proration: true })], { created: day('2026-01-10') }),
      invoice([line({ quantity: 8, from: '2026-02-01', to: '2026-03-01' })]),
    ];
    expect(stood(present(), changed, '2026-01-31').items).toEqual([['si_1', 'price_pro', 1]]);
    expect(stood(present(), changed, '2026-02-02').items).toEqual([['si_1', 'price_pro', 8]]);
  });

  test('from a year of which only one invoice tells', () => {
    const yearly = [invoice([line({ price: 'price_year', from: '2025-03-01', to: '2026-03-01' })])];
    expect(stood(present(), yearly, '2026-02-28').items).toEqual([['si_1', 'price_year', 1]]);
  });

  test('of a month that became a year before it was over', () => {
    const switched = [
      invoice([line({ price: 'price_year', from: '2026-01-15', to: '2027-01-15' })]),
      invoice([line()]),
    ];
    expect(stood(present(), switched, '2026-01-15').items).toEqual([['si_1', 'price_pro', 1]]);
    expect(stood(present(), switched, '2026-01-16').items).toEqual([['si_1', 'price_year', 1]]);
  });

  test('as now without invoices, the own price with it', () => {
    const now = subscriptionSchema.parse(present());
    expect(asInvoiced(now, historyOf([]), day('2026-01-20'))).toEqual({ subscription: now, isInvoiced: false });
  });

  test('with the own price where it is the same, as one made inside a subscription is in no list', () => {
    const now = subscriptionSchema.parse(present());
    const past = asInvoiced(now, historyOf([invoice([line({ quantity: 7 })])]), day('2026-01-20'));
    expect(past.subscription.items.data).toEqual([{ ...now.items.data[0], quantity: 7 }]);
  });

  test('of draft, open and uncollectible invoices too, of void ones not', () => {
    for (const status of ['draft', 'open', 'uncollectible', 'paid'])
      expect(stood(present(), [invoice([line()], { status })], '2026-01-20').items).toEqual([['si_1', 'price_pro', 1]]);
    const replaced = [invoice([line({ quantity: 30 })], { status: 'void' }), invoice([line({ quantity: 2 })])];
    expect(stood(present(), replaced, '2026-01-20').items).toEqual([['si_1', 'price_pro', 2]]);
    expect(stood(present(), replaced.slice(0, 1), '2026-01-20')).toMatchObject({
      items: [['si_1', 'price_pro', 3]],
      isInvoiced: false,
    });
  });

  test('of twelve items, and of ids that are names of other things', () => {
    const ids = [...Array.from({ length: 11 }, (_, index) => `si_${index}`), '__proto__'];
    const now = subscription(
      ids.map((id) => item(pro, { id, quantity: 1 })),
      { id: 'sub_1', created: day('2025-01-01') },
    );
    const lines = ids.map((id, index) => line({ item: id, price: 'constructor', quantity: index }));
    expect(stood(now, [invoice(lines)], '2026-01-20')).toMatchObject({
      items: ids.map((id, index) => [id, 'constructor', index]),
      isInvoiced: true,
    });
  });
});

describe('the items of the past', () => {
  test('have those that were taken away since, until the end of their last period', () => {
    const invoices = [invoice([line({ quantity: 3 }), line({ item: 'si_gone', price: 'price_addon', quantity: 5 })])];
    expect(stood(present(), invoices, '2026-02-01')).toMatchObject({
      items: [
        ['si_1', 'price_pro', 3],
        ['si_gone', 'price_addon', 5],
      ],
      isInvoiced: true,
    });
    expect(stood(present(), invoices, '2026-02-02').items).toEqual([['si_1', 'price_pro', 3]]);
  });

  test('have none that came later; one that came within a period stands as in its first', () => {
    const now = subscription(
      [
        item(pro, { id: 'si_1', quantity: 3, created: day('2025-01-01') }),
        item(pro, { id: 'si_late', quantity: 9, created: day('2026-01-10') }),
      ],
      { id: 'sub_1', created: day('2025-01-01') },
    );
    const invoices = [
      invoice([line({ quantity: 3 })]),
      invoice([line({ quantity: 4, item: 'si_late', from: '2026-02-01', to: '2026-03-01' })]),
    ];
    expect(stood(now, invoices, '2026-01-10')).toMatchObject({ items: [['si_1', 'price_pro', 3]], isInvoiced: true });
    expect(stood(now, invoices, '2026-01-11')).toMatchObject({
      items: [
        ['si_1', 'price_pro', 3],
        ['si_late', 'price_pro', 4],
      ],
      isInvoiced: false,
    });
  });

  test('begin with a subscription that is dated back', () => {
    const now = subscription([item(pro, { id: 'si_1', created: day('2026-01-20') })], { created: day('2026-01-20') });
    expect(stood(now, [], '2026-01-10').items).toEqual([['si_1', 'price_pro', 1]]);
  });

  test('never have one beside what took its place', () => {
    const now = subscription([item(pro, { id: 'si_new', created: day('2026-01-15') })], {
      id: 'sub_1',
      created: day('2025-01-01'),
    });
    const month = [
      invoice([line({ item: 'si_old', price: 'price_small', from: '2025-12-01', to: '2026-01-01' })]),
      invoice([line({ item: 'si_old', price: 'price_small' })]),
    ];
    const year = [invoice([line({ item: 'si_new', price: 'price_year', from: '2026-01-15', to: '2027-01-15' })])];
    expect(stood(now, [...month, ...year], '2026-01-15').items).toEqual([['si_old', 'price_small', 1]]);
    expect(stood(now, [...month, ...year], '2026-01-16').items).toEqual([['si_new', 'price_year', 1]]);
    expect(stood(now, month, '2026-01-16').items).toEqual([['si_new', 'price_pro', 1]]);
  });
});

describe('the status of the past', () => {
  const paused = { pause_collection: { behavior: 'void' } };
  test.each([
    ['unpaid', 'paid', 'active'],
    ['past_due', 'paid', 'active'],
    ['paused', 'paid', 'active'],
    ['trialing', 'paid', 'active'],
    ['canceled', 'paid', 'canceled'],
    ['incomplete_expired', 'paid', 'incomplete_expired'],
    ['unpaid', 'open', 'unpaid'],
    ['unpaid', 'uncollectible', 'unpaid'],
    ['past_due', 'draft', 'past_due'],
  ])('%s now, in a period whose invoice is %s: %s', (status, invoiced, expected) => {
    const past = stood(present({ status, ...paused }), [invoice([line()], { status: invoiced })], '2026-01-20');
    expect(past).toMatchObject({ status: expected, isPaused: invoiced !== 'paid' });
  });

  test('is a trial until its last second, though its invoice of nothing is paid', () => {
    const trial = { trial_start: day('2026-01-01'), trial_end: day('2026-01-15') };
    const invoices = [invoice([line({ to: '2026-01-15' })]), invoice([line({ from: '2026-01-15', to: '2026-02-15' })])];
    const statusOn = (end: string) => {
      const now = subscriptionSchema.parse(present({ status: 'unpaid', created: day('2026-01-01'), ...trial }));
      return statusAt(asInvoiced(now, historyOf(invoices), day(end)).subscription, day(end), true);
    };
    expect(['2026-01-02', '2026-01-15', '2026-01-16'].map(statusOn)).toEqual(['trialing', 'trialing', 'active']);
  });

  test('is as now where no invoice tells', () => {
    expect(stood(present({ status: 'unpaid', ...paused }), [], '2026-01-20')).toMatchObject({
      status: 'unpaid',
      isPaused: true,
    });
  });

  test('is as now where one of its invoices is open', () => {
    const invoices = [invoice([line()]), invoice([line({ item: 'si_2' })], { status: 'open' })];
    expect(stood(present({ status: 'unpaid' }), invoices, '2026-01-20').status).toBe('unpaid');
  });
});

describe('whatever happened', () => {
  const PERIOD = 30 * DAY;
  const span = fc.record({
    periods: fc.constantFrom(1, 1, 1, 3, 12),
    price: fc.constantFrom('price_a', 'price_b', 'price_c'),
    quantity: fc.integer({ min: 0, max: 9 }),
    isTiered: fc.boolean(),
    status: fc.constantFrom('paid', 'paid', 'open', 'draft', 'uncollectible'),
  });
  /** An item's periods one after the other; one that was taken away ends with a month. */
  const itemLife = fc.record({
    begin: fc.nat(6),
    isGone: fc.boolean(),
    spans: fc.array(span, { minLength: 1, maxLength: 8 }),
  });

  const date = (time: number) => new Date(time * 1000).toISOString().slice(0, 10);

  const told = fc.array(itemLife, { minLength: 1, maxLength: 4 }).map((lives) =>
    lives.map(({ begin, isGone, spans }, index) => {
      let time = day('2024-01-01') + begin * PERIOD;
      const all = isGone ? [...spans, { ...spans[0], ...oneMonth }] : spans;
      const periods = all.map((each) => {
        const from = time;
        time += each.periods * PERIOD;
        return { ...each, from, to: time };
      });
      return { id: `si_${index}`, isGone, periods };
    }),
  );
  const oneMonth = { periods: 1, price: 'price_a', quantity: 2, isTiered: false, status: 'paid' };

  type Lives = typeof told extends fc.Arbitrary<infer T> ? T : never;

  /** An invoice for every period, with prorations that must not matter, and a void one for other numbers of units. */
  const invoicesOf = (lives: Lives): TestInvoice[] =>
    lives.flatMap(({ id, periods }) =>
      periods.flatMap(({ from, to, price, quantity, isTiered, status }) => {
        const whole = { item: id, price, quantity, from: date(from), to: date(to) };
        const tiers = [Math.min(1, quantity), Math.max(0, quantity - 1)];
        const lines = isTiered ? tiers.map((units) => line({ ...whole, quantity: units })) : [line(whole)];
        return [
          invoice([...lines, line({ ...whole, quantity: 99, proration: true })], { status }),
          invoice([line({ ...whole, quantity: 77 })], { status: 'void' }),
        ];
      }),
    );

  test('the invoices, in any order and some twice, give back every period of every item', () => {
    const cases = told.chain((lives) => {
      const invoices = invoicesOf(lives);
      return fc.tuple(
        fc.constant(lives),
        fc.shuffledSubarray([...invoices, ...invoices.slice(0, 3)], {
          minLength: invoices.length + Math.min(3, invoices.length),
        }),
      );
    });
    fc.assert(
      fc.property(cases, ([lives, invoices]) => {
        const now = subscriptionSchema.parse(
          subscription(
            lives
              .filter(({ isGone }) => !isGone)
              .map(({ id, periods }) => item(pro, { id, quantity: 55, created: periods[0]?.from })),
            { id: 'sub_1', created: day('2024-01-01') },
          ),
        );
        const history = historyOf(invoices);
        const ends = lives.flatMap(({ periods }) => periods.flatMap(({ from, to }) => [from + 1, to]));
        for (const end of ends) {
          const expected = lives.flatMap(({ id, isGone, periods }) => {
            const held = periods.find(({ from, to }) => from < end && end <= to);
            if (held) return [[id, [held.price, held.quantity]] as const];
            const began = (periods[0]?.from ?? Infinity) < end;
            return began && !isGone ? [[id, ['price_pro', 55]] as const] : [];
          });
          const { items } = asInvoiced(now, history, end).subscription;
          const found = items.data.map(
            ({ id, price: of, quantity }) => [id, [typeof of === 'string' ? of : of?.id, quantity]] as const,
          );
          expect(new Map(found)).toEqual(new Map<string, readonly [string, number]>(expected));
        }
      }),
    );
  });
});

describe('reading', () => {
  async function read(
    account: TestAccount,
    days: { from: string; to: string } = { from: '2026-01-20', to: '2026-01-25' },
  ) {
    const { baseUrl, requests } = await stripeServer(account);
    const clock = { now: () => day('2026-03-10') * 1000, sleep: async () => undefined };
    const budget = { requests: 1000, perMs: 1, concurrency: 10 };
    const http = createHttp({
      source: 'stripe',
      clock,
      budget,
      signal: new AbortController().signal,
      random: () => 0.5,
    });
    const history = await readHistory(createClient({ baseUrl, secret: 'rk_test_key', http, clock }), {
      from: day(days.from),
      to: day(days.to),
      longest: 31 * DAY,
      lanes: 4,
    });
    return { history, requests };
  }

  const months = ['2025-11-01', '2025-12-01', '2026-01-01', '2026-02-01', '2026-03-01'];
  const monthly = months
    .slice(1)
    .map((to, index) => invoice([line({ from: months[index] ?? to, to })], { id: `in_${index}` }))
    .toReversed();

  test('takes the invoices from one interval before the first day to one after the last, page after page', async () => {
    const { history, requests } = await read({ invoices: monthly, pageSize: 1 });
    const range = `created[gte]=${day('2025-12-20')}&created[lt]=${day('2026-02-26')}`;
    expect(requests[0]).toContain(range);
    expect(history.rows).toBe(2);
    const run = { price: 'price_pro', quantity: 1, isPaid: true, start: day('2026-01-01'), end: day('2026-03-01') };
    expect(history.of('sub_1')).toEqual([{ item: 'si_1', runs: [{ ...run, last: day('2026-02-01') }] }]);
    expect(history.of('sub_none')).toEqual([]);
  });

  test('asks for the lines that an invoice does not hold, under an address that no id can leave', async () => {
    const lines = Array.from({ length: 12 }, (_, index) =>
      line({ id: `il_${index}`, item: `si_${index}`, quantity: index }),
    );
    const short = invoice(lines.slice(0, 10), { id: 'in_/../subscriptions?' });
    const long = { ...short, lines: { ...short.lines, has_more: true } };
    const { history, requests } = await read({
      invoices: [long],
      fault({ path, count }, response) {
        if (path !== '/v1/invoices/in_%2F..%2Fsubscriptions%3F/lines') return false;
        const data = count === 1 ? lines.slice(0, 10) : lines.slice(10);
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ object: 'list', data, has_more: count === 1 }));
        return true;
      },
    });
    expect(history.of('sub_1').map(({ item: id, runs }) => [id, runs[0]?.quantity])).toEqual(
      lines.map(({ quantity }, index) => [`si_${index}`, quantity]),
    );
    expect(requests.at(-1)).toContain('starting_after=il_9');
    expect(history.rows).toBe(1 + lines.length);
  });

  test('fails loudly where an answer is not what is known', async () => {
    const broken = invoice([line()], { lines: { data: [{ id: 'il_1' }] } });
    await expect(read({ invoices: [broken] })).rejects.toThrow(
      'GET /v1/invoices answered in a shape that is not known',
    );
  });
});
