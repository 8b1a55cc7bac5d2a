import { toDay } from '@plumbline/core/day';
import type { Json, Snapshot } from '@plumbline/core/snapshot';
import { toInstant } from '@plumbline/core/zone';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { explanationOf } from './explanation.ts';
import { ABOUT, MRR, MRR_BEFORE, MRR_EVIDENCE } from './testing-mrr.ts';
import { HOSTILE } from './testing.ts';

const explain = (snapshot: Partial<Snapshot> = {}, about: Partial<typeof ABOUT> = {}) =>
  explanationOf({ ...MRR, ...snapshot }, { ...ABOUT, ...about });
const block = (title: string, snapshot: Partial<Snapshot> = {}) =>
  explain(snapshot).blocks.find((one) => one.title === title);
const fact = (name: string, snapshot: Partial<Snapshot>) => new Map(explain(snapshot).facts).get(name);
const evidence = (more: Record<string, Json>) => ({ evidence: { ...MRR_EVIDENCE, ...more } });

const plain = { head: [], more: 0, note: '' };
const level = (name: string, amount: number, shown: string) => ({ kind: 'level', name, amount, shown });
const movement = (name: string, amount: number, shown: string, customers: number) => ({
  kind: 'movement',
  name,
  amount,
  shown,
  customers,
});

test('the MRR of a day, whole', () => {
  expect(explain()).toEqual({
    title: 'MRR',
    day: '2026-01-20',
    about: 'Monthly recurring revenue.',
    value: '$3,120.50',
    state: 'Settled',
    demo: false,
    facts: [
      ['State', 'Settled: final as far as its source can tell, so that verdicts may rest on it'],
      ['Source', 'Stripe'],
      ['Pulled', '21 Jan 2026, 03:00 (+02:00)'],
      ['Settled', 'when it was pulled'],
      ['Revision', '1, the first'],
      ['Sample', 'n = 41'],
    ],
    warnings: [],
    waterfall: {
      steps: [
        level('End of 19 Jan', 307_150, '$3,071.50'),
        movement('New', 4900, '+$49.00', 1),
        movement('Reactivation', 0, '$0.00', 0),
        movement('Expansion', 2450, '+$24.50', 2),
        movement('Contraction', -1000, '−$10.00', 1),
        movement('Churn', -1500, '−$15.00', 1),
        movement('Exchange rates', 50, '+$0.50', 1),
        level('End of 20 Jan', 312_050, '$3,120.50'),
      ],
      sum: 'It adds up: $3,071.50 + $49.00 + $24.50 − $10.00 − $15.00 + $0.50 = $3,120.50.',
      addsUp: true,
      note: '',
    },
    blocks: [
      {
        ...plain,
        title: 'By product',
        head: ['Product', 'MRR', 'Share'],
        rows: [
          ['Pro', '$3,000.00', '96.1%'],
          [HOSTILE, '$120.50', '3.9%'],
          ['Team', '$0.00', '0%'],
        ],
      },
      {
        title: 'Largest movements',
        head: ['Movement', 'Amount', 'From', 'To', 'Customer'],
        rows: [
          ['New', '+$49.00', '$0.00', '$49.00', '3fa9c1d2'],
          ['Expansion', '+$20.00', '$24.50', '$44.50', '0b7d55e1'],
          ['Churn', '−$15.00', '$15.00', '$0.00', '91c0aa04'],
        ],
        more: 0,
        note: 'A customer is the start of a keyed digest: the same one each night, and nobody by name.',
      },
      {
        ...plain,
        title: 'What was counted',
        rows: [
          ['Subscriptions', '41 active, 7 canceled, 3 trialing'],
          ['Left out', '7 canceled, 3 trials, 2 metered items, 1 called off, 1 with collection paused'],
          ['Called off for later', 'stops counting when it is called off, as in Stripe'],
          ['Repeating coupons', 'not deducted, as in Stripe'],
          ['One-time coupons', 'deducted'],
          ['Collection paused', 'not counted'],
          ['Exchange rate', '1 EUR = 1.0834 USD'],
        ],
      },
      {
        ...plain,
        title: 'Evidence',
        rows: [
          ['Requests', '12'],
          ['Rows read', '212'],
          ['Digest (SHA-256)', '7476314a7f91…'],
          ['Policy', 'stripe-default onceCoupons=subtract'],
        ],
      },
    ],
  });
});

describe('where MRR came from', () => {
  const at = (instant: string, value: number, revision = 1) => ({
    stored: () => ({ ...MRR_BEFORE, value, revision, pulledAt: toInstant(instant) }),
  });

  it('says that the day before was revised since, or came in later', () => {
    expect(explain({}, at('2026-01-22T01:00:00Z', 308_000, 2)).waterfall?.note).toBe(
      'The stored value of 19 Jan is $3,080.00, +$8.50 against this start: it was revised later.',
    );
    expect(explain({}, at('2026-01-22T01:00:00Z', 308_000)).waterfall?.note).toBe(
      'The stored value of 19 Jan is $3,080.00, +$8.50 against this start: it was pulled later.',
    );
    expect(explain({}, at('2026-01-20T01:00:00Z', 307_149)).waterfall?.note).toBe(
      'The stored value of 19 Jan is $3,071.49, −$0.01 against this start: it was pulled before.',
    );
  });

  it('says that nothing is stored for the day before', () => {
    expect(explain({}, { stored: () => undefined }).waterfall?.note).toBe(
      'No value is stored for 19 Jan: the start was worked out from the same reading.',
    );
  });

  it('says that nothing moved', () => {
    const still = { value: 0, customers: 0 };
    const movements = {
      new: still,
      reactivation: still,
      expansion: still,
      contraction: still,
      churn: still,
      fx: still,
    };
    const { waterfall } = explain({ value: 307_150, ...evidence({ movements }) });
    expect([waterfall?.addsUp, waterfall?.sum]).toEqual([true, 'Nothing moved: it stayed at $3,071.50.']);
  });

  it('says so where it does not come out, by as little as a cent', () => {
    expect(explain({ value: 312_051 }).waterfall).toMatchObject({
      addsUp: false,
      sum: 'It does not add up: $3,071.50 + $49.00 + $24.50 − $10.00 − $15.00 + $0.50 = $3,120.50, and not $3,120.51.',
    });
  });

  it('is not told from evidence that lacks a part of it; what is there is shown as it stands', () => {
    const fewer = { churn: { value: -15, customers: 1 } };
    expect(explain(evidence({ movements: fewer })).waterfall).toBeNull();
    expect(block('Movements', evidence({ movements: fewer }))?.rows).toEqual([['churn', '−15', '1']]);
    expect(block('Start', evidence({ movements: fewer }))?.rows).toEqual([
      ['day', '2026-01-19'],
      ['value', '3,071.5'],
    ]);
  });

  test('property: cents that sum up add up, whatever they are, in currencies of 0, 2 and 3 digits', () => {
    const cents = fc.integer({ min: -10_000_000, max: 10_000_000 });
    const currencies = fc.constantFrom(['JPY', 1] as const, ['USD', 100] as const, ['KWD', 1000] as const);
    fc.assert(
      fc.property(
        cents,
        fc.array(cents, { minLength: 6, maxLength: 6 }),
        currencies,
        (start, amounts, [unit, minor]) => {
          const kinds = ['new', 'reactivation', 'expansion', 'contraction', 'churn', 'fx'];
          const movements = Object.fromEntries(
            kinds.map((kind, index) => [kind, { value: (amounts[index] ?? 0) / minor, customers: 1 }]),
          );
          const value = amounts.reduce((sum, amount) => sum + amount, start);
          const told = { unit, ...evidence({ start: { day: '2026-01-19', value: start / minor }, movements }) };
          expect(explain({ ...told, value }).waterfall?.addsUp).toBe(true);
          expect(explain({ ...told, value: value + 1 }).waterfall?.addsUp).toBe(false);
        },
      ),
    );
  });
});

describe('what was counted', () => {
  it('is told of evidence that holds nothing else, unknown words as they stand', () => {
    const { requests, rows, sha256, policy } = MRR_EVIDENCE;
    const old = {
      requests,
      rows,
      sha256,
      policy,
      statuses: { past_due: 2 },
      excluded: { brand_new: 2, 'no amount': 1 },
    };
    const { waterfall, blocks } = explain({ evidence: old, breakdown: {} });
    expect(waterfall).toBeNull();
    expect(blocks.map(({ title }) => title)).toEqual(['What was counted', 'Evidence']);
    expect(blocks[0]?.rows).toEqual([
      ['Subscriptions', '2 past due'],
      ['Left out', '2 brand new, 1 item without an amount'],
    ]);
  });

  it('says how a reconstructed day was known', () => {
    const told = { state: 'reconstructed' as const, ...evidence({ known: { fromInvoices: 38, asToday: 3 } }) };
    expect(block('What was counted', told)?.rows).toContainEqual([
      'Reconstructed',
      '38 from their invoices, 3 as they are today',
    ]);
  });

  it('says that nothing was left out, and shows a rule that it does not know', () => {
    const rows = block('What was counted', evidence({ excluded: { trialing: 0 }, rules: { newRule: 'x' } }))?.rows;
    expect(rows).toContainEqual(['Left out', 'none']);
    expect(rows).toContainEqual(['newRule', 'x']);
  });
});

describe('how it was divided', () => {
  const score = { metric: 'nps', unit: 'score', evidence: MRR_EVIDENCE };
  it.each([
    ['money by customers', { value: 7611, numerator: 312_050, denominator: 41 }, '$3,120.50 ÷ 41 = $76.11'],
    ['a rate', { unit: '%', value: 36, numerator: 27, denominator: 75 }, '27 ÷ 75 = 36%'],
    ['a score', { ...score, value: 36, numerator: 27, denominator: 75 }, '100 × 27 ÷ 75 = 36'],
    [
      'a rate of money',
      { metric: 'net_revenue_retention_30d', unit: '%', value: 104, numerator: 3120, denominator: 3000 },
      '$3,120.00 ÷ $3,000.00 = 104%',
    ],
    ['parts that do not come to it', { ...score, value: 5, numerator: 27, denominator: 75 }, '27 ÷ 75'],
    ['nothing', { ...score, value: 5, numerator: 27 }, undefined],
  ] as const)('%s', (_, snapshot, words) => {
    expect(fact('Parts', snapshot)).toBe(words);
  });
});

describe('the other facts', () => {
  it.each([
    ['provisional', 'Provisional: the source may still change it, so that no verdict rests on it', undefined],
    ['reconstructed', 'Reconstructed: worked out afterwards, not taken in time; it counts as settled', undefined],
  ] as const)('%s', (state, words, settled) => {
    expect(fact('State', { state })).toBe(words);
    expect(fact('Settled', { state })).toBe(settled);
  });

  it('say when a later pull settled it, how sure it is, and a source that has gone by its name', () => {
    const snapshot = { settledAt: toInstant('2026-01-22T01:00:00Z'), interval: { low: 30, high: 42 }, unit: 'score' };
    expect(fact('Settled', snapshot)).toBe('22 Jan 2026, 03:00 (+02:00)');
    expect(fact('Interval', snapshot)).toBe('95%: 30 to 42');
    expect(fact('Source', { source: 'gone' })).toBe('gone');
  });

  it('put flags into words, and leave an unknown one as it stands', () => {
    const quality = [
      'reconstructed:lifetimes',
      'reconstructed:invoices',
      'other:product',
      'carried:12d',
      'zone:Europe/Kyiv',
      'unobserved:a:b',
      'truncated:dv360',
      'channels:thresholded',
      'constructor',
      'new:flag',
    ];
    expect(explain({ quality }).warnings).toEqual([
      "Worked out afterwards: begins and ends are exact, but where nothing tells prices and quantities, they are today's.",
      'Worked out afterwards from invoices: what left no trace there is not in it.',
      'Only the largest parts by product have their names; the others are together.',
      'Carried forward: it was recorded 12 days before, and nothing since.',
      "The source counts this day in the zone Europe/Kyiv, not in the workspace's.",
      'The monitor a:b observed nothing, so it is left out.',
      'The source cut data off: dv360.',
      "There is no breakdown by channel, as the source's report of them was not whole: thresholded.",
      'constructor',
      'new:flag',
    ]);
  });
});

describe('what it was before', () => {
  it('is a row per revision, oldest first', () => {
    const { workspace: _w, metric: _m, day: _d, unit: _u, source: _s, demo: _o, earlier: _e, ...first } = MRR;
    const earlier = [
      { ...first, value: 311_000, state: 'provisional' as const, pulledAt: toInstant('2026-01-20T22:00:00Z') },
      { ...first, value: 312_050, revision: 2 },
    ];
    expect(block('Revisions', { revision: 3, earlier, n: 42 })).toEqual({
      title: 'Revisions',
      head: ['Revision', 'Value', 'Change', 'Pulled', 'State'],
      rows: [
        ['1', '$3,110.00', '', '21 Jan 2026, 00:00 (+02:00)', 'provisional'],
        ['2', '$3,120.50', '+$10.50', '21 Jan 2026, 03:00 (+02:00)', 'settled'],
        ['3', '$3,120.50', 'same value', '21 Jan 2026, 03:00 (+02:00)', 'settled'],
      ],
      more: 0,
      note: 'It was changed 2 times after it was first pulled.',
    });
  });
});

describe('its parts', () => {
  it('may come to more than the whole, and a rate has no shares', () => {
    const customers = { metric: 'paying_customers', unit: 'count', value: 3, breakdown: { product: { A: 3, B: 1 } } };
    expect(block('By product', customers)).toEqual({
      title: 'By product',
      head: ['Product', 'Paying customers', 'Share'],
      rows: [
        ['A', '3', '100%'],
        ['B', '1', '33.3%'],
      ],
      more: 0,
      note: 'One may be in several parts, so they come to more than the whole.',
    });
    const rate = { metric: 'uptime', unit: '%', value: 99, breakdown: { monitor: { a: 99, b: 100 } } };
    expect(block('By monitor', rate)?.head).toEqual(['Monitor', 'Uptime']);
  });

  it('are left out where there are none', () => {
    expect(block('By product', { breakdown: { product: {} } })).toBeUndefined();
  });

  it('are the thirty largest of many', () => {
    const product = Object.fromEntries(Array.from({ length: 31 }, (_, index) => [`p${index}`, index]));
    const many = block('By product', { breakdown: { product } });
    expect([many?.rows.length, many?.more, many?.rows[0]?.[0], many?.rows.at(-1)?.[0]]).toEqual([30, 1, 'p30', 'p1']);
  });
});

describe('evidence that has no words of its own', () => {
  it('is shown by its keys: plain values together, nested ones in a table of their own', () => {
    const other = { coverage: 0.997_312_5, lateEvents: true, by: null, windows: [1, 7, 30] };
    const channels = { Search: { cost: 12.5, notes: ['a', { deep: 'b' }] } };
    const { blocks } = explain({
      day: toDay('2026-01-20'),
      breakdown: {},
      ...evidence({ ...other, channels, top: [] }),
    });
    const told = blocks.filter(({ title }) => ['Channels', 'Evidence'].includes(title));
    expect(told.map(({ title, rows }) => [title, rows.slice(title === 'Evidence' ? 4 : 0)])).toEqual([
      [
        'Channels',
        [
          ['Search cost', '12.5'],
          ['Search notes 1', 'a'],
          ['Search notes 2 deep', 'b'],
        ],
      ],
      [
        'Evidence',
        [
          ['Coverage', '0.997313'],
          ['Late events', 'yes'],
          ['By', '–'],
          ['Windows', '1, 7, 30'],
        ],
      ],
    ]);
  });

  it('is cut where it is long', () => {
    const rows = Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`k${index}`, 'x'.repeat(1000)]));
    const told = block('Dump', evidence({ dump: rows }));
    expect([told?.rows.length, told?.more, told?.rows[0]?.[1]?.length]).toEqual([40, 1, 256]);
  });
});
