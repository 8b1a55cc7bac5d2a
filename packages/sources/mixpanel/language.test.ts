import { describe, expect, test } from 'vitest';
import { mixpanel } from './index.ts';
import { describeMetrics, mixpanelConfig } from './language.ts';

const parse = (metrics: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
  mixpanelConfig.safeParse({ projectId: 271828, metrics, ...rest });

const complaints = (metrics: Record<string, unknown>, rest: Record<string, unknown> = {}): string[] =>
  (parse(metrics, rest).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('the little language', () => {
  test('makes metrics with unit, kind and direction, and dau_mau where dau and mau are there', () => {
    const config = mixpanelConfig.parse({
      projectId: 271828,
      metrics: {
        signups: { count: 'Sign Up', where: { plan: 'pro' } },
        dau: { uniques: '*', days: 1 },
        mau: { uniques: '*', days: 30 },
        feature_adoption: { share: 'Feature Used', of: '*', days: 7 },
        nps: { nps: 'NPS Response', property: 'score', days: 30 },
        session_length: { average: 'Session End', property: 'duration_s' },
        spend: { sum: 'Purchase', property: 'amount', unit: 'USD' },
        slowness: { percentile: 'Page View', property: 'load_ms', p: 95, direction: 'down' },
      },
    });
    const brief = describeMetrics(config).map(({ id, unit, kind, direction, minimumSample }) =>
      [id, unit, kind, direction, minimumSample ?? ''].join(' ').trim(),
    );
    expect(brief).toEqual([
      'signups count flow up',
      'dau count unique up',
      'mau count unique up',
      'feature_adoption % rate up',
      'nps score score up 10',
      'session_length s score up',
      'spend USD flow up',
      'slowness ms score down',
      'dau_mau % rate up',
    ]);
    expect(config).toMatchObject({ region: 'us', timeBasis: 'utc' });
  });

  test.each([
    { dau: { uniques: '*', days: 1 }, mau: { uniques: 'Login', days: 30 } },
    { dau: { uniques: '*', days: 1, where: { plan: 'pro' } }, mau: { uniques: '*', days: 30 } },
    { dau: { uniques: '*', days: 7 }, mau: { uniques: '*', days: 30 } },
    { dau: { uniques: '*', days: 1 } },
  ])('makes no dau_mau of %j', (metrics) => {
    const config = mixpanelConfig.parse({ projectId: 1, metrics });
    expect(describeMetrics(config).map(({ id }) => id)).toEqual(Object.keys(metrics));
  });

  test('says what is wrong, where, and what is allowed', () => {
    expect(complaints({ a: { counts: 'Sign Up' } })).toEqual([
      'metrics.a: needs exactly one of count, uniques, share, nps, average, sum, percentile, funnel, retention; found counts',
    ]);
    expect(complaints({ a: { uniques: '*', days: 14 } })).toEqual([
      'metrics.a: uniques: days: Invalid option: expected one of 1|7|30 (keys: uniques, days, where)',
    ]);
    expect(complaints({ a: { count: 'Sign Up', days: 7 } })).toEqual(['metrics.a: Unrecognized key: "days"']);
    expect(complaints({ 'a-b': { count: 'Sign Up' } })).toEqual(['metrics.a-b: an id is made of a-z, 0-9 and _']);
    expect(complaints({ a: { sum: 'Buy', property: 'eur', unit: 'euro' } })).toEqual([
      'metrics.a.unit: is not a unit; use count, %, score, ratio, ms, s, min, h, days or a currency',
    ]);
  });

  test("takes the workspace file's own example of funnel and retention, and says what they are", () => {
    const config = mixpanelConfig.parse({
      projectId: 271828,
      metrics: {
        onboarding_completion: { funnel: ['Sign Up', 'Onboarding Completed'], within: '7d' },
        retention_7d: { retention: { first: 'Sign Up', return: '*', day: 7, mode: 'on-or-after' } },
        loss: { retention: { first: 'Cancel', return: 'Cancel', day: 30, mode: 'on' }, direction: 'down' },
      },
    });
    const common = { unit: '%', kind: 'rate', direction: 'up', settleNights: 1 };
    expect(describeMetrics(config)).toEqual([
      {
        ...common,
        id: 'onboarding_completion',
        about:
          'Of the people who first did “Sign Up” in the 30 days that end 7 days earlier, the share that went on to “Onboarding Completed” within 7 days.',
        window: 7,
      },
      {
        ...common,
        id: 'retention_7d',
        about:
          'Of the people who first did “Sign Up” in the 30 days that end 7 days earlier, the share seen again (any event) 7 or more days after it.',
        window: 7,
      },
      {
        ...common,
        id: 'loss',
        direction: 'down',
        about:
          'Of the people who first did “Cancel” in the 30 days that end 30 days earlier, the share seen again (“Cancel”) on day 30 after it.',
        window: 30,
      },
    ]);
  });

  test('refuses a funnel of one step, a window out of bounds, and another mode', () => {
    const within = 'is a number of days from 1d to 90d, for example 7d';
    const steps = ['Sign Up', 'Done'];
    for (const bad of ['0d', '91d', '100d', '7', '24h']) {
      expect(complaints({ a: { funnel: steps, within: bad } })).toEqual([`metrics.a.within: ${within}`]);
    }
    for (const good of ['1d', '9d', '10d', '89d', '90d']) {
      expect(complaints({ a: { funnel: steps, within: good } })).toEqual([]);
    }
    expect(complaints({ a: { funnel: ['Sign Up'], within: '7d' } })).toEqual([
      'metrics.a.funnel: Too small: expected array to have >=2 items',
    ]);
    expect(complaints({ a: { retention: { first: 'Sign Up', return: '*', day: 7, mode: 'before' } } })).toEqual([
      'metrics.a: retention: retention.mode: Invalid option: expected one of "on"|"on-or-after" (keys: retention, direction, where)',
    ]);
  });

  test("needs the project's zone with its time basis", () => {
    expect(complaints({}, { timeBasis: 'project' })).toEqual([
      "projectTimezone: is required with timeBasis: project; it stands in the Mixpanel project's settings",
    ]);
    expect(complaints({}, { projectTimezone: 'Mars/Olympus' })).toEqual([
      'projectTimezone: is not a time zone; write an IANA name (Europe/Kyiv) or an offset (+02:00)',
    ]);
    expect(parse({}, { timeBasis: 'project', projectTimezone: 'Europe/Kyiv' }).success).toBe(true);
  });
});

describe('the definition', () => {
  test.each([
    ['svc.1:s3cret', true],
    ['svc.1', false],
    [':s3cret', false],
    ['svc.1:', false],
  ])('takes %j for a secret: %j', (text, valid) => {
    expect(mixpanel.secret?.isValid(text)).toBe(valid);
  });

  test('keeps to 60 exports an hour, one at a time', () => {
    const config = mixpanelConfig.parse({ projectId: 1, metrics: {} });
    const budget = { requests: 60, perMs: 3_600_000, concurrency: 1 };
    expect(mixpanel.budget(config, { requestsPerSecond: undefined, secret: '' })).toEqual(budget);
    const slower = { requests: 1, perMs: 2000, concurrency: 1 };
    expect(mixpanel.budget(config, { requestsPerSecond: 0.5, secret: '' })).toEqual(slower);
  });
});
