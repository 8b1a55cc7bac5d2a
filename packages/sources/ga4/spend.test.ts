import { toDay } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import { toInstant, toZone } from '@plumbline/core/zone';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureOf, portsFor } from '../testing.ts';
import type { Ga4Config } from './index.ts';
import { ga4 } from './index.ts';
import { puller } from './pull.ts';
import { readSpend } from './spend.ts';
import type { Options } from './test-property.ts';
import { named, observed, plain, property, pullFrom, requestsIn, row, secret } from './test-property.ts';

const config: Ga4Config = { ...plain, metrics: { ad_spend: true } };
const day = toDay('2026-02-12');
const before = toDay('2026-02-11');
const range = { from: before, to: day };

const daily = { dimensionHeaders: named('date'), metadata: { timeZone: 'Europe/Kyiv' } };
const dimensionHeaders = named('date', 'sessionDefaultChannelGroup');
const metadata = { currencyCode: 'USD', timeZone: 'Europe/Kyiv' };
const costs = {
  dimensionHeaders,
  metadata,
  rows: [
    row(['20260212', 'Paid Search'], '12.345'),
    row(['20260211', 'Display'], '7'),
    row(['20260212', 'Paid Social'], '0.125'),
    row(['20260212', 'Direct'], '0'),
  ],
  rowCount: 4,
};

const pull = (advertiserAdCost: object, options: Options = {}) =>
  pullFrom({ date: daily, advertiserAdCost }, options.range ?? range, { config, ...options });

test('ad cost is summed exactly and rounded once, in cents, with what each channel cost', async () => {
  const { pulled } = await pull(costs);
  expect(observed(pulled, 'ad_spend')).toEqual([
    {
      kind: 'observation',
      metric: 'ad_spend',
      day: before,
      value: 700,
      breakdown: { channel: { Display: 700 } },
      quality: [],
      evidence: { requests: 1, rows: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/), policy: 'ga4-default' },
      settlesAt: toInstant('2026-02-14T22:00:00Z'),
    },
    expect.objectContaining({ day, value: 1247, breakdown: { channel: { 'Paid Search': 1235, 'Paid Social': 13 } } }),
  ]);
});

test('without the flag nobody asks for it, and the catalogue does not have it', async () => {
  const { pulled, requests } = await pull(costs, { config: plain });
  expect(observed(pulled, 'ad_spend')).toEqual([]);
  expect(requests.flatMap(({ metrics }) => metrics.map(({ name }) => name))).not.toContain('advertiserAdCost');
  const ids = (value: Ga4Config) => ga4.metrics(value, { currency: 'EUR' }).filter(({ id }) => id === 'ad_spend');
  expect([ids(plain), ids({ ...plain, metrics: { ad_spend: false } })]).toEqual([[], []]);
  expect(ids(config)).toMatchObject([{ unit: 'EUR', kind: 'flow', direction: 'down', dimensions: ['channel'] }]);
});

test('a night renews the ad cost of 14 days, as ad accounts correct it late', async () => {
  const nightly = { from: toDay('2026-01-30'), to: day, unpulled: day };
  const { pulled } = await pull(
    { ...costs, rows: [row(['20260130', 'Display'], '3.5')], rowCount: 1 },
    { range: nightly },
  );
  const spent = observed(pulled, 'ad_spend');
  expect([spent.length, spent[0]?.day, spent[0]?.value, spent[1]?.value]).toEqual([14, '2026-01-30', 350, 0]);
  expect(observed(pulled, 'sessions').map((one) => one.day)).toHaveLength(4);
});

test('another currency is converted at the day’s rate, into minor units of the workspace’s', async () => {
  const inEuro = { ...costs, metadata: { ...metadata, currencyCode: 'EUR' } };
  const fx = (currency: string, on: string) => (currency === 'EUR' && on === day ? '1.1' : '1');
  const dollars = await pull(inEuro, { workspace: { fx } });
  expect(observed(dollars.pulled, 'ad_spend').map(({ value }) => value)).toEqual([700, 1372]);
  const yen = await pull(inEuro, { workspace: { currency: 'JPY', fx: () => '160.5' } });
  expect(observed(yen.pulled, 'ad_spend').map(({ value }) => value)).toEqual([1124, 2001]);
});

test('a missing rate is loud, unless there is nothing to convert', async () => {
  const inEuro = { ...costs, metadata: { ...metadata, currencyCode: 'EUR' } };
  const fx = (_: string, on: string) => (on === day ? '1.1' : undefined);
  expect(await failureOf(pull(inEuro, { workspace: { fx } }))).toBe(
    'DataError: [ga4] ads are paid in EUR, and no rate to USD is known for 2026-02-11; add one to the file that the workspace names as fx',
  );
  const later = { ...inEuro, rows: costs.rows.filter((one) => one.dimensionValues[0]?.value === '20260212') };
  const { pulled } = await pull({ ...later, rowCount: 3 }, { workspace: { fx } });
  expect(observed(pulled, 'ad_spend').map(({ value }) => value)).toEqual([0, 1372]);
});

test('costs without a currency are refused', async () => {
  expect(await failureOf(pull({ ...costs, metadata: { timeZone: 'Europe/Kyiv' } }))).toBe(
    'DataError: [ga4] the report of advertiserAdCost does not name its currency',
  );
});

test.each([
  ['thresholded', { subjectToThresholding: true }],
  ['an "(other)" row', { dataLossFromOtherRow: true }],
])('of a report with %s there is no sum', async (_, said) => {
  const { pulled } = await pull({ ...costs, metadata: { ...metadata, ...said } });
  expect(observed(pulled, 'ad_spend')).toEqual([]);
  expect(observed(pulled, 'sessions')).toHaveLength(2);
});

const withheld = {
  ...costs,
  metadata: {
    ...metadata,
    schemaRestrictionResponse: {
      activeMetricRestrictions: [{ metricName: 'advertiserAdCost', restrictedMetricTypes: ['COST_DATA'] }],
    },
  },
};

test('a key that may not see costs fails the pull: its zeros are none', async () => {
  expect(await failureOf(pull({ ...withheld, rows: [], rowCount: 0 }))).toBe(
    'VendorError: [ga4] the key may not see advertiserAdCost: ' +
      "in GA4's Admin → Property access management, lift that data restriction for reader@plumbline.example",
  );
});

test('a restriction on what nobody asks for is none', async () => {
  const { pulled } = await pullFrom({ date: { ...daily, metadata: withheld.metadata } }, range, { config: plain });
  expect(observed(pulled, 'sessions')).toHaveLength(2);
});

test('check looks at the ad cost of 14 days in the same request, and says so where there is none', async () => {
  const check = async (report: object) => {
    const { baseUrl, asked } = await property({ date: daily, advertiserAdCost: report });
    const ports = portsFor('ga4', config, { baseUrl, secret, now: '2026-02-13T00:00:00Z' });
    return { result: await puller.check(ports), asked };
  };
  const { result, asked } = await check(costs);
  expect(result).toEqual({ sees: 'property 314159 in Europe/Kyiv, 0 sessions on 2026-02-12', warnings: [] });
  expect(asked.map((one) => requestsIn(one).map(({ dateRanges }) => dateRanges))).toEqual([
    [[{ startDate: '2026-02-12', endDate: '2026-02-12' }], [{ startDate: '2026-01-30', endDate: '2026-02-12' }]],
  ]);
  expect((await check({ dimensionHeaders, metadata })).result.warnings).toEqual([
    'no ad cost since 2026-01-30: is an ads account linked to the property?',
  ]);
  expect(await failureOf(check(withheld))).toContain('the key may not see advertiserAdCost');
});

test('the day’s cents are those of the exact sum, whatever the parts and their order', () => {
  const micros = fc.array(fc.bigInt({ min: 0n, max: 10n ** 13n }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(micros, fc.integer({ min: 1, max: 10_000_000 }), (parts, rate) => {
      const decimal = (value: bigint) => `${value / 1_000_000n}.${String(value % 1_000_000n).padStart(6, '0')}`;
      const rows = parts.map((value, index) => row(['20260212', `c${index}`], decimal(value)));
      const [found] = readSpend(
        {
          dimensionHeaders: ['date', 'sessionDefaultChannelGroup'],
          metricHeaders: ['advertiserAdCost'],
          rows: rows.map(({ dimensionValues, metricValues }) => ({
            dimensionValues: dimensionValues.map(({ value }) => value),
            metricValues: metricValues.map(({ value }) => value),
          })),
          rowCount: rows.length,
          metadata: { currencyCode: 'EUR' },
          pages: 1,
        },
        [day],
        {
          reading: { property: toZone('UTC'), workspace: toZone('UTC') },
          workspace: { id: 'w', timezone: toZone('UTC'), currency: 'USD', fx: () => decimal(BigInt(rate)) },
          log: silentLog,
        },
      );
      // In units of 1e-12: a cent is 1e10 of them.
      const exact = parts.reduce((sum, value) => sum + value, 0n) * BigInt(rate);
      const cents = (2n * exact + 10n ** 10n) / (2n * 10n ** 10n);
      expect(found?.value).toBe(Number(cents));
      const byChannel = Object.values(found?.breakdown?.channel ?? {}).reduce((sum, value) => sum + value, 0);
      expect(Math.abs(byChannel - Number(cents))).toBeLessThanOrEqual(0.5 * (parts.length + 1));
    }),
  );
});
