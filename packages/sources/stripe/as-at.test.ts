import { DataError } from '@plumbline/core/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asAt, statusAt, subscriptionEventOf, wasCalledOff } from './as-at.ts';
import { eventSchema, subscriptionSchema } from './schema.ts';
import type { TestSubscription } from './test-objects.ts';
import { at, event, item, price, subscription } from './test-objects.ts';

// The end of 2026-01-20 in UTC.
const END = at('2026-01-21T00:00:00Z');
const BEFORE = '2026-01-20T23:59:59Z';
const AFTER = '2026-01-21T00:00:00Z';

const pro = price();
const team = price({ unit_amount: 5000 });

type Happened = ReturnType<typeof event>;

const told = (happened: Happened) => subscriptionEventOf(eventSchema.parse(happened));

const undone = (subscribed: TestSubscription, events: Happened[]) =>
  asAt(
    subscriptionSchema.parse(subscribed),
    events.flatMap((each) => told(each) ?? []),
    END,
  );

/** What counts of the only subscription as it stood: status, items and whether it was called off. */
function stood(subscribed: TestSubscription, events: Happened[] = [], backdated = false) {
  const state = undone(subscribed, events);
  return {
    status: statusAt(state, END, backdated),
    items: state.items.data.map(({ id, quantity }) => [id, quantity]),
    calledOff: wasCalledOff(state, END),
  };
}

describe('what happened after the end of the day is undone', () => {
  const seats = item(pro, { quantity: 5 });
  const now = subscription([seats]);
  const items = [[seats.id, 5]];

  test('a quantity', () => {
    const change = event('customer.subscription.updated', AFTER, now, { items: { data: [{ ...seats, quantity: 3 }] } });
    expect(stood(now, [change]).items).toEqual([[seats.id, 3]]);
  });

  test('nothing that happened before it', () => {
    const change = event('customer.subscription.updated', BEFORE, now, {
      items: { data: [{ ...seats, quantity: 3 }] },
    });
    expect(stood(now, [change]).items).toEqual(items);
  });

  test('a quantity of the only item, told beside the items', () => {
    const change = event('customer.subscription.updated', AFTER, now, { quantity: 4, plan: { id: team.id } });
    expect(undone(now, [change]).items.data).toMatchObject([{ id: seats.id, quantity: 4, price: team.id }]);
  });

  test('several changes, newest first, in whatever order they come', () => {
    const later = event('customer.subscription.updated', '2026-01-21T02:00:00Z', now, {
      items: { data: [{ ...seats, quantity: 9 }] },
    });
    const earlier = event('customer.subscription.updated', '2026-01-21T01:00:00Z', now, {
      items: { data: [{ ...seats, quantity: 2 }] },
    });
    expect(stood(now, [later, earlier]).items).toEqual([[seats.id, 2]]);
    expect(stood(now, [earlier, later]).items).toEqual([[seats.id, 2]]);
  });

  test('an item that was added or taken away', () => {
    const addon = item(team);
    const both = subscription([seats, addon]);
    const added = event('customer.subscription.updated', AFTER, both, { items: { data: [seats] } });
    expect(stood(both, [added]).items).toEqual(items);
    const taken = event('customer.subscription.updated', AFTER, now, { items: { data: [seats, addon] } });
    expect(stood(now, [taken]).items).toEqual([
      [seats.id, 5],
      [addon.id, 1],
    ]);
  });

  test.each([
    ['past_due to unpaid', 'unpaid', 'past_due'],
    ['trialing to active', 'active', 'trialing'],
    ['incomplete to active', 'active', 'incomplete'],
    ['active to past_due', 'past_due', 'active'],
  ])('a status: %s', (_, status, previous) => {
    const changed = { ...now, status };
    expect(stood(changed, [event('customer.subscription.updated', AFTER, changed, { status: previous })]).status).toBe(
      previous,
    );
  });

  test('being called off for the end of the period', () => {
    const called = { ...now, cancel_at_period_end: true, canceled_at: at(AFTER) };
    const call = event('customer.subscription.updated', AFTER, called, {
      cancel_at_period_end: false,
      canceled_at: null,
    });
    expect(stood(called, [call])).toEqual({ status: 'active', items, calledOff: false });
  });

  test('being taken up again', () => {
    const change = event('customer.subscription.updated', AFTER, now, {
      cancel_at_period_end: true,
      canceled_at: at(BEFORE),
    });
    expect(stood(now, [change]).calledOff).toBe(true);
  });

  test('collection that was paused or taken up', () => {
    const paused = { ...now, pause_collection: { behavior: 'void' } };
    const pause = event('customer.subscription.updated', AFTER, paused, { pause_collection: null });
    expect(undone(paused, [pause]).pause_collection).toBeNull();
    const resume = event('customer.subscription.updated', AFTER, now, { pause_collection: { behavior: 'void' } });
    expect(undone(now, [resume]).pause_collection).toEqual({ behavior: 'void' });
  });

  test('a pause of the subscription itself, and its end', () => {
    const paused = { ...now, status: 'paused' };
    expect(stood(paused, [event('customer.subscription.paused', AFTER, paused)]).status).toBe('active');
    const update = event('customer.subscription.updated', AFTER, paused, { status: 'trialing' });
    const pause = event('customer.subscription.paused', AFTER, paused);
    expect(stood(paused, [update, pause]).status).toBe('trialing');
    expect(stood(paused, [pause, update]).status).toBe('trialing');
    expect(stood(now, [event('customer.subscription.resumed', AFTER, now)]).status).toBe('paused');
  });

  test('its end, to the status that an event between tells', () => {
    const gone = { ...now, status: 'canceled', ended_at: at('2026-01-21T03:00:00Z') };
    const end = event('customer.subscription.deleted', '2026-01-21T03:00:00Z', gone);
    expect(stood(gone, [end]).status).toBe('active');
    const unpaid = event(
      'customer.subscription.updated',
      '2026-01-21T01:00:00Z',
      { ...now, status: 'unpaid' },
      { items: { data: [seats] } },
    );
    expect(stood(gone, [end, unpaid]).status).toBe('unpaid');
  });

  test('of a list too long for an event the items that it tells of', () => {
    const twelve = Array.from({ length: 12 }, () => item(pro));
    const long = subscription(twelve);
    const shown = twelve.slice(0, 10);
    const cut = { ...long, items: { ...long.items, data: shown, has_more: true } };
    const before = shown.map((each, index) => (index === 0 ? { ...each, quantity: 8 } : each));
    const change = event('customer.subscription.updated', AFTER, cut, { items: { data: before, has_more: true } });
    expect(stood(long, [change]).items).toEqual(twelve.map(({ id }, index) => [id, index === 0 ? 8 : 1]));
    const grown = event('customer.subscription.updated', AFTER, cut, { items: { data: before.slice(1) } });
    expect(() => stood(long, [grown])).toThrow(DataError);
  });

  test('for any history of quantities the last one before the end stands', () => {
    const history = fc.array(fc.record({ hour: fc.integer({ min: -48, max: 48 }), quantity: fc.nat(99) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(history, fc.nat(99), (changes, first) => {
        const inOrder = changes.toSorted((a, b) => a.hour - b.hour);
        const quantities = [first, ...inOrder.map(({ quantity }) => quantity)];
        const state = subscription([{ ...seats, quantity: quantities.at(-1) ?? first }]);
        // Newest first, as Stripe lists them.
        const events = inOrder
          .map(({ hour, quantity }, index) =>
            event(
              'customer.subscription.updated',
              new Date((END + hour * 3600) * 1000).toISOString(),
              { ...state, items: { ...state.items, data: [{ ...seats, quantity }] } },
              { items: { data: [{ ...seats, quantity: quantities[index] }] } },
            ),
          )
          .reverse();
        const expected = quantities[inOrder.filter(({ hour }) => hour < 0).length];
        expect(stood(state, events).items).toEqual([[seats.id, expected]]);
      }),
    );
  });
});

describe('of an event is kept', () => {
  const seats = item(pro, { quantity: 5 });
  const now = subscription([seats]);
  const updated = (previous: Record<string, unknown>, object: unknown = now) =>
    told(event('customer.subscription.updated', AFTER, object, previous));

  test('nothing of a renewal, which moves periods and the latest invoice', () => {
    const renewed = { ...seats, current_period_end: at('2026-01-05T00:00:00Z') };
    expect(updated({ latest_invoice: 'in_1', items: { data: [renewed] } })).toBeUndefined();
  });

  test('nothing of one that tells of a making or of a change that came before it', () => {
    expect(told(event('customer.subscription.created', AFTER, now))).toBeUndefined();
    expect(told(event('customer.subscription.pending_update_applied', AFTER, now))).toBeUndefined();
  });

  test('the status of a renewal that left the subscription past due: an end after it is undone to that', () => {
    const late = { ...now, status: 'past_due' };
    expect(updated({ latest_invoice: 'in_1' }, late)).toMatchObject({ status: 'past_due', previous: {} });
    const gone = { ...late, status: 'canceled', ended_at: at('2026-01-21T03:00:00Z') };
    const end = event('customer.subscription.deleted', '2026-01-21T03:00:00Z', gone);
    const renewal = event('customer.subscription.updated', AFTER, late, { latest_invoice: 'in_1' });
    expect(stood(gone, [renewal, end]).status).toBe('past_due');
  });

  test('what it changed, without the rest of the subscription', () => {
    expect(updated({ cancel_at_period_end: false, latest_invoice: 'in_1', metadata: {} })).toEqual({
      id: expect.stringMatching(/^evt_/),
      subscription: now.id,
      type: 'customer.subscription.updated',
      created: END,
      status: 'active',
      previous: { cancel_at_period_end: false },
      shown: undefined,
    });
  });

  test('enough to undo an end, a pause and its end', () => {
    const types = ['deleted', 'paused', 'resumed'].map((type) => `customer.subscription.${type}`);
    expect(types.map((type) => told(event(type, AFTER, now))?.type)).toEqual(types);
  });
});

test('without any event since, a subscription is the same object', () => {
  const parsed = subscriptionSchema.parse(subscription([item(pro)]));
  const paused = told(event('customer.subscription.paused', BEFORE, subscription([item(pro)])));
  expect(asAt(parsed, paused ? [paused] : [], END)).toBe(parsed);
});

describe('the times on a subscription tell', () => {
  const of = (fields: Record<string, unknown>) => subscription([item(pro)], fields);

  test.each([
    ['made a second before the end', { created: END - 1 }, 'active'],
    ['made at the end', { created: END }, undefined],
    ['ended a second before the end', { status: 'canceled', ended_at: END - 1 }, 'canceled'],
    ['ended at the end', { status: 'canceled', ended_at: END }, 'active'],
    ['canceled without a time', { status: 'canceled' }, 'canceled'],
    ['a trial until the end', { trial_start: END - 9, trial_end: END }, 'trialing'],
    ['a trial until a second before', { trial_start: END - 9, trial_end: END - 1 }, 'active'],
    ['a trial that began later', { trial_start: END, trial_end: END + 9 }, 'active'],
    [
      'called off while on trial',
      { status: 'canceled', trial_start: END - 9, trial_end: END + 9, ended_at: END + 5 },
      'trialing',
    ],
    ['never paid', { status: 'incomplete_expired', trial_end: END + 9 }, 'incomplete_expired'],
  ])('%s', (_, fields, expected) => {
    expect(stood(of(fields)).status).toBe(expected);
  });

  test('a start before it was made is known only afterwards', () => {
    const backdated = of({ created: END + 100, start_date: END - 100 });
    expect(stood(backdated).status).toBeUndefined();
    expect(stood(backdated, [], true).status).toBe('active');
  });
});
