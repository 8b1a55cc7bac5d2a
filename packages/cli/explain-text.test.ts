import { explanationOf } from '@plumbline/api/explanation';
import { ABOUT, MRR } from '@plumbline/api/testing-mrr';
import { expect, test } from 'vitest';
import { explainText } from './explain-text.ts';

const WHOLE = `Acme Ltd
MRR on 20 Jan 2026: $3,120.50
Monthly recurring revenue.

State     Settled: final as far as its source can tell, so that verdicts may rest on it
Source    Stripe
Pulled    21 Jan 2026, 03:00 (+02:00)
Settled   when it was pulled
Revision  1, the first
Sample    n = 41

How it came about
                     Amount  Customers
  End of 19 Jan   $3,071.50
  New               +$49.00          1
  Reactivation        $0.00          0
  Expansion         +$24.50          2
  Contraction       −$10.00          1
  Churn             −$15.00          1
  Exchange rates     +$0.50          1
  End of 20 Jan   $3,120.50
  It adds up: $3,071.50 + $49.00 + $24.50 − $10.00 − $15.00 + $0.50 = $3,120.50.

By product
  Product                            MRR  Share
  Pro                          $3,000.00  96.1%
  <script>alert("x")</script>    $120.50   3.9%
  Team                             $0.00     0%

Largest movements
  Movement    Amount    From      To  Customer
  New        +$49.00   $0.00  $49.00  3fa9c1d2
  Expansion  +$20.00  $24.50  $44.50  0b7d55e1
  Churn      −$15.00  $15.00   $0.00  91c0aa04
  A customer is the start of a keyed digest: the same one each night, and nobody by name.

What was counted
  Subscriptions         41 active, 7 canceled, 3 trialing
  Left out              7 canceled, 3 trials, 2 metered items, 1 called off, 1 with collection paused
  Called off for later  stops counting when it is called off, as in Stripe
  Repeating coupons     not deducted, as in Stripe
  One-time coupons      deducted
  Collection paused     not counted
  Exchange rate         1 EUR = 1.0834 USD

Evidence
  Requests          12
  Rows read         212
  Digest (SHA-256)  7476314a7f91…
  Policy            stripe-default onceCoupons=subtract`;

test('a number is explained in one text that a person can read through', () => {
  expect(explainText('Acme Ltd', explanationOf(MRR, ABOUT))).toBe(WHOLE);
});

test('a demo number, what to be careful about and what was cut are said', () => {
  const product = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`p${index}`, index]));
  const text = explainText(
    'Acme Ltd',
    explanationOf({ ...MRR, demo: true, quality: ['sampled'], breakdown: { product } }, ABOUT),
  );
  expect(text.split('\n')[0]).toBe('Acme Ltd (demo number)');
  expect(text).toContain('\n\nMind\n  Sampled: the source estimated it from a part of its events.\n\n');
  expect(text).toContain('\n  and 2 more\n');
});

test('names from outside cannot steer a terminal', () => {
  const breakdown = { product: { '\u001b[2J\u0007Pro\r\nX': 1 } };
  const text = explainText('Acme\u001b[1m', explanationOf({ ...MRR, breakdown }, ABOUT));
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(text).toContain('[2J Pro  X');
});
