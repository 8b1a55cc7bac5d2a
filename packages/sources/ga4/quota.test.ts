import { toDay } from '@plumbline/core/day';
import type { Log } from '@plumbline/core/ports';
import { silentLog } from '@plumbline/core/ports';
import { expect, test } from 'vitest';
import { collect, failureOf, portsFor } from '../testing.ts';
import { puller } from './pull.ts';
import { quotaGuard } from './quota.ts';
import type { PropertyQuota } from './schema.ts';
import { named, plain, property, pullFrom, requestsIn, secret } from './test-property.ts';

const FULL = {
  tokensPerDay: { consumed: 5, remaining: 199_000 },
  tokensPerHour: { consumed: 5, remaining: 39_000 },
  tokensPerProjectPerHour: { consumed: 5, remaining: 13_000 },
  concurrentRequests: { consumed: 0, remaining: 10 },
  serverErrorsPerProjectPerHour: { consumed: 0, remaining: 10 },
  potentiallyThresholdedRequestsPerHour: { consumed: 0, remaining: 120 },
};

const guardAfter = (...told: Partial<PropertyQuota>[]) => {
  const guard = quotaGuard(silentLog);
  for (const quota of told) guard.told([{ ...FULL, ...quota }]);
  return guard;
};

test('as long as nothing is told, and while plenty is left, ten batches go side by side', () => {
  const twelve = Array.from({ length: 12 }, () => 5);
  expect([quotaGuard(silentLog).room(twelve), guardAfter({}).room(twelve), guardAfter({}).room([4])]).toEqual([
    10, 10, 1,
  ]);
});

test('only as many batches go as the tokens that are left will do for, at 10 a report or more where one did cost more', () => {
  const left = (remaining: number, consumed = 5) =>
    guardAfter({ tokensPerProjectPerHour: { consumed, remaining } }).room([5, 5, 5]);
  expect([left(150), left(149), left(100), left(99), left(50)]).toEqual([3, 2, 2, 1, 1]);
  expect([left(300, 20), left(299, 20)]).toEqual([3, 2]);
  expect(() => left(49)).toThrow(
    "[ga4] stopped before Google refuses: of the property's quota tokensPerProjectPerHour 49 are left, and 5 more reports may take 50; " +
      'it is filled up within an hour, then run the night again',
  );
});

test.each([
  ['tokensPerDay', "at midnight in Google's Pacific time"],
  ['tokensPerHour', 'within an hour'],
  ['serverErrorsPerProjectPerHour', 'within an hour'],
  ['potentiallyThresholdedRequestsPerHour', 'within an hour'],
] as const)('%s at 0 lets nothing through', (group, refill) => {
  const guard = guardAfter({ [group]: { consumed: 0, remaining: 0 } });
  expect(() => guard.room([1])).toThrow(`of the property's quota ${group} 0 are left`);
  expect(() => guard.room([1])).toThrow(`it is filled up ${refill}`);
  expect(guardAfter({ [group]: { consumed: 0, remaining: 10 } }).room([1])).toBe(1);
});

test('the least that answers told counts, in whatever order they come', () => {
  const [more, less] = [
    { consumed: 5, remaining: 104 },
    { consumed: 5, remaining: 99 },
  ];
  expect(guardAfter({ tokensPerHour: less }, { tokensPerHour: more }).room([5, 5])).toBe(1);
});

test('where others ask the same property too, as many go side by side as it has room for, one at the least', () => {
  const atOnce = (remaining: number) =>
    guardAfter({ concurrentRequests: { consumed: 0, remaining } }).room(Array.from({ length: 12 }, () => 5));
  expect([atOnce(50), atOnce(3), atOnce(1), atOnce(0)]).toEqual([10, 3, 1, 1]);
});

const day = toDay('2026-02-12');
const daily = (propertyQuota: object) => ({
  dimensionHeaders: named('date'),
  metadata: { timeZone: 'Europe/Kyiv' },
  propertyQuota,
});

test('a night stops before the batch that the hour’s tokens would not do for, with nothing brought', async () => {
  const { baseUrl, asked } = await property({
    date: daily({ ...FULL, tokensPerHour: { consumed: 12, remaining: 35 } }),
  });
  const ports = portsFor('ga4', plain, { baseUrl, secret, now: '2026-02-13T00:00:00Z' });
  expect(await failureOf(collect(puller.pull({ from: day, to: day }, ports)))).toBe(
    "VendorError: [ga4] stopped before Google refuses: of the property's quota tokensPerHour 35 are left, and 3 more reports may take 36; " +
      'it is filled up within an hour, then run the night again',
  );
  expect(asked).toHaveLength(1);
  const enough = await pullFrom(
    { date: daily({ ...FULL, tokensPerHour: { consumed: 12, remaining: 36 } }) },
    { from: day, to: day },
    { config: plain },
  );
  expect(enough.asked.map((one) => requestsIn(one).length)).toEqual([1, 3]);
});

test('every answer’s quota is logged', async () => {
  const lines: [string, unknown][] = [];
  const log: Log = { ...silentLog, info: (message, fields) => lines.push([message, fields]) };
  const { baseUrl } = await property({ date: daily(FULL) });
  const ports = { ...portsFor('ga4', plain, { baseUrl, secret, now: '2026-02-13T00:00:00Z' }), log };
  await collect(puller.pull({ from: day, to: day }, ports));
  expect(lines).toEqual([['ga4 quota', FULL]]);
});
