import { readdir, readFile } from 'node:fs/promises';
import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import type { Snapshot } from '@plumbline/core/snapshot';
import { endOfDay } from '@plumbline/core/zone';
import type { Machine } from '@plumbline/local/machine';
import { startMachine } from '@plumbline/local/machine';
import { replay, runNight } from '@plumbline/local/nights';
import { storyNamed } from '@plumbline/local/stories/index';
import type { Story } from '@plumbline/local/stories/story';
import {
  adoptionAt,
  conversionOn,
  countOn,
  funnelAt,
  mrrAt,
  mrrByProductAt,
  npsAt,
  payingCustomersAt,
  retentionAt,
  signupsOn,
  uniquesAt,
  uptimeOn,
  visitorsOn,
} from '@plumbline/local/stories/truth';
import {
  contributorsOn,
  criticalIssuesOn,
  deploymentsOn,
  resolutionOn,
  starsOn,
} from '@plumbline/local/stories/truth-code';
import { movementsOn, ratesAt } from '@plumbline/local/stories/truth-revenue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Mail } from './support.ts';
import { eventsIn, headerOf, mailsIn, pngsOf, seedsOf, sizeOf, temporaryFolder, textOf, tidyUp } from './support.ts';

tidyUp();

const BAKHMACH_LAST = toDay('2026-02-16');
const CODEMENTOR_LAST = addDays(toDay('2026-01-05'), 31);
const MONITORS = { bakhmach: ['1234', '5678'], codementor: ['2101', '2102'] };
const SECONDS = 120_000;

let data: string;
let machine: Machine;

beforeAll(async () => {
  data = await temporaryFolder();
  machine = await startMachine({ data, seeds: await seedsOf('bakhmach', 'codementor'), env: {}, log: silentLog });
  machine.setPublicUrl('http://127.0.0.1:4180');
  const sites = ['bakhmach', 'codementor'].map((id) => machine.site(id));
  await replay(machine, sites, CODEMENTOR_LAST, () => undefined);
  await replay(machine, sites.slice(0, 1), BAKHMACH_LAST, () => undefined);
}, SECONDS);

afterAll(() => machine.close());

function storyOf(name: string): Story {
  const story = storyNamed(name);
  if (!story) throw new Error(`there is no story ${name}`);
  return story;
}

/** What is stored of some metrics, a day at a time: `{ '2026-01-02 mrr': 500 }`. */
async function stored(workspace: string, metrics: readonly string[], last: Day): Promise<Record<string, unknown>> {
  const { store } = machine.site(workspace);
  const snapshots = await store.snapshots.span(workspace, storyOf(workspace).start, last);
  const of = ({ metric, day, value, breakdown }: Snapshot) => {
    const key = `${day} ${metric}`;
    return metric === 'mrr'
      ? [
          [key, value],
          [`${key} by product`, sold(breakdown?.['product'] ?? {})],
        ]
      : [[key, value]];
  };
  return Object.fromEntries(snapshots.filter(({ metric }) => metrics.includes(metric)).flatMap(of));
}

/** A product on sale that nobody has is 0 in a snapshot and unknown to a story. */
const sold = (byProduct: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(byProduct).filter(([, amount]) => amount > 0));

/** The same from the story's causes alone. */
function told(
  workspace: string,
  last: Day,
  truth: (story: Story, day: Day) => Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const story = storyOf(workspace);
  return Object.fromEntries(
    daysFrom(story.start, last).flatMap((day) =>
      Object.entries(truth(story, day))
        .filter(([, value]) => value !== undefined)
        .map(([metric, value]) => [`${day} ${metric}`, value]),
    ),
  );
}

/** The values to nine digits, where two ways to divide may differ in the last one. */
const rounded = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value).toFixed(9)]));

const MOVEMENTS = /^mrr_(new|reactivation|expansion|contraction|churn|fx)$/;
const REVENUE_RATES = [
  'customer_churn_rate_30d',
  'customer_retention_rate_30d',
  'net_revenue_retention_30d',
  'gross_revenue_retention_30d',
  'trial_conversion_rate_30d',
  'ltv',
];

const percentOf = ({ converted, sessions }: ReturnType<typeof conversionOn>): number => (100 * converted) / sessions;

const CASES = [
  ['bakhmach', BAKHMACH_LAST],
  ['codementor', CODEMENTOR_LAST],
] as const;

describe.each(CASES)('every night of %s says what its story does', (workspace, last) => {
  it('in money', async () => {
    const expected = told(workspace, last, (story, day) => {
      const end = endOfDay(day, story.timezone);
      return {
        mrr: mrrAt(story, end),
        'mrr by product': mrrByProductAt(story, end),
        arr: 12 * mrrAt(story, end),
        paying_customers: payingCustomersAt(story, end),
      };
    });
    expect(await stored(workspace, ['mrr', 'arr', 'paying_customers'], last)).toEqual(expected);
  });

  it('in what moves revenue, and how many customers did', async () => {
    const { store } = machine.site(workspace);
    const snapshots = await store.snapshots.span(workspace, storyOf(workspace).start, last);
    const movements = snapshots.filter(({ metric }) => MOVEMENTS.test(metric));
    const expected = told(workspace, last, (story, day) => {
      const { amounts, customers } = movementsOn(story, day);
      const counted = Object.entries(customers).map(([kind, count]) => [`${kind} n`, count]);
      return { ...amounts, ...Object.fromEntries(counted) };
    });
    const found = movements.flatMap(({ metric, day, value, n }) => [
      [`${day} ${metric}`, value],
      [`${day} ${metric} n`, n],
    ]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  it('in what becomes of its customers and trials', async () => {
    const expected = told(workspace, last, ratesAt);
    const metrics = [...new Set(Object.keys(expected).map((key) => key.slice('2026-01-01 '.length)))];
    // By then nobody of CodeMentor's paid for 30 days, so there is no revenue to retain.
    expect(metrics).toHaveLength(workspace === 'bakhmach' ? 6 : 4);
    expect(rounded(await stored(workspace, REVENUE_RATES, last))).toEqual(rounded(expected));
  });

  it('in product events', async () => {
    const expected = told(workspace, last, (story, day) => ({
      signups: signupsOn(story, day),
      dau: uniquesAt(story, day, 1),
      wau: uniquesAt(story, day, 7),
      mau: uniquesAt(story, day, 30),
      nps: npsAt(story, day)?.value,
    }));
    expect(await stored(workspace, ['signups', 'dau', 'wau', 'mau', 'nps'], last)).toEqual(expected);
  });

  it('in what becomes of its people', async () => {
    const own = (story: Story, day: Day) =>
      workspace === 'bakhmach'
        ? {
            onboarding_completion: funnelAt(story, day, ['Sign Up', 'Onboarding Completed'], 7),
            feature_adoption: adoptionAt(story, day, 7, 'Jobs'),
            retention_7d: retentionAt(story, day, 7),
          }
        : {
            free_to_paid: funnelAt(story, day, ['Sign Up', 'Free To Paid'], 5),
            conversions: countOn(story, day, 'Free To Paid'),
          };
    const expected = told(workspace, last, (story, day) => ({
      ...own(story, day),
      retention_30d: retentionAt(story, day, 30),
      dau_mau: (100 * uniquesAt(story, day, 1)) / uniquesAt(story, day, 30),
    }));
    const metrics = [...new Set(Object.keys(expected).map((key) => key.slice('2026-01-01 '.length)))];
    expect(metrics).toHaveLength(workspace === 'bakhmach' ? 5 : 4);
    expect(await stored(workspace, metrics, last)).toEqual(expected);
  });

  it('in traffic, where it has settled', async () => {
    const settled = addDays(last, -4);
    const expected = told(workspace, settled, (story, day) => ({
      website_visitors: visitorsOn(story, day),
      website_visitors_7d: visitorsOn(story, day, 7),
      sessions: conversionOn(story, day).sessions,
      website_conversion_rate: percentOf(conversionOn(story, day)),
    }));
    const metrics = ['website_visitors', 'website_visitors_7d', 'sessions', 'website_conversion_rate'];
    expect(await stored(workspace, metrics, settled)).toEqual(expected);
  });

  it('in uptime', async () => {
    const found = await stored(workspace, ['uptime'], last);
    const expected = told(workspace, last, (story, day) => ({ uptime: uptimeOn(story, MONITORS[workspace], day) }));
    expect(rounded(found)).toEqual(rounded(expected));
  });

  it('in code', async () => {
    const metrics = [
      'github_stars',
      'code_contributors',
      'critical_issues',
      'issue_resolution_time',
      'deployment_frequency',
    ];
    const expected = told(workspace, last, (story, day) => ({
      github_stars: starsOn(story, day),
      code_contributors: contributorsOn(story, day),
      critical_issues: criticalIssuesOn(story, day),
      issue_resolution_time: resolutionOn(story, day),
      deployment_frequency: deploymentsOn(story, day),
    }));
    expect(rounded(await stored(workspace, metrics, last))).toEqual(rounded(expected));
  });

  it('in what people wrote down', async () => {
    const { workspace: settings, store } = machine.site(workspace);
    const entries = storyOf(workspace).entries.filter(
      ({ day, metric }) => day <= last && settings.metrics.get(metric)?.source === 'record',
    );
    const snapshots = await store.snapshots.span(workspace, storyOf(workspace).start, last);
    const recorded = snapshots.filter(({ source }) => source === 'record');
    const dollars = new Set([...settings.metrics.values()].filter(({ unit }) => unit === 'USD').map(({ id }) => id));
    const key = (one: { metric: string; day: Day }) => `${one.day} ${one.metric}`;
    expect(Object.fromEntries(recorded.map((one) => [key(one), one.value]))).toEqual(
      Object.fromEntries(entries.map((one) => [key(one), one.value * (dollars.has(one.metric) ? 100 : 1)])),
    );
  });
});

describe('the NPS that Bakhmach misses by week 6', () => {
  const transition = async () => {
    const { store } = machine.site('bakhmach');
    const all = await store.transitions.list('bakhmach', toDay('2026-01-02'), BAKHMACH_LAST);
    return all.filter(({ indicator, kind }) => indicator === 'nps-by-week-6' && kind === 'missed');
  };

  it('is one transition, found when Mixpanel has settled', async () => {
    expect(await transition()).toMatchObject([
      {
        from: expect.any(String),
        to: 'missed',
        day: '2026-02-12',
        night: '2026-02-13',
        value: 36,
        gap: -4,
        n: 75,
        silent: false,
      },
    ]);
  });

  it('is one event, as the schema has it', async () => {
    const [missed] = await transition();
    const events = (await eventsIn(data)).filter(({ id }) => id === missed?.id);
    expect(events).toMatchObject([
      {
        type: 'Indicator Missed',
        data: {
          indicator: 'nps-by-week-6',
          says: 'NPS >40 by Week 6',
          to: 'missed',
          day: '2026-02-12',
          value: 36,
          target: '> 40',
          gap: -4,
          n: 75,
          dri: 'vp-product',
          priority: 'must',
          risk: 'Product-market fit unclear',
          mitigation: 'Weekly customer interviews',
          evidence: '/v1/workspaces/bakhmach/snapshots/2026-02-12/nps',
        },
      },
    ]);
  });

  it('is in one mail to the VP Product, with value, target, mitigation and a picture', async () => {
    const mails = (await mailsIn(data)).filter((mail) => textOf(mail).includes('[Missed] NPS by Week 6'));
    expect(mails.map((mail) => headerOf(mail, 'To'))).toEqual(['VP Product <vp-product@bakhmach.example>']);
    const [mail] = mails;
    const text = mail ? textOf(mail) : '';
    expect(text).toContain('Value: 36, target > 40, gap −4');
    expect(text).toContain('The plan’s mitigation: Weekly customer interviews');
    expect(text).toMatch(/^Acknowledge: http:\/\/127\.0\.0\.1:4180\/act\?token=/m);
    const [png] = mail ? pngsOf(mail) : [];
    expect(png?.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect(png?.readUInt32BE(16)).toBeGreaterThan(400);
  });
});

it('says that CodeMentor misses $10K of MRR on day 30', async () => {
  const { store } = machine.site('codementor');
  const found = await store.transitions.list('codementor', toDay('2026-01-05'), CODEMENTOR_LAST);
  expect(found.filter(({ indicator, kind }) => indicator === 'mrr-day-30' && kind === 'missed')).toMatchObject([
    { day: '2026-02-03', night: '2026-02-03', value: 723_005, gap: 723_005 - 1_000_000, dri: 'ceo' },
  ]);
});

describe('of the mails', () => {
  const nightAndDri = (mail: Mail) => headerOf(mail, 'X-Plumbline-Mail');

  it('each is about another night or for somebody else', async () => {
    const ids = (await mailsIn(data)).map(nightAndDri);
    expect(ids.length).toBeGreaterThan(20);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(CASES)(
    'each transition of %s that somebody should hear is in exactly one that was sent',
    async (workspace, last) => {
      const { store } = machine.site(workspace);
      const from = storyOf(workspace).start;
      const transitions = await store.transitions.list(workspace, from, last);
      const mails = await store.mails.list(workspace, from, last);
      const heard = transitions.filter(({ mail, suppressedBy }) => mail.state !== 'none' && suppressedBy === null);
      expect(heard.length).toBeGreaterThan(10);
      expect(heard.filter(({ mail }) => mail.state !== 'sent')).toEqual([]);
      expect(mails.flatMap((mail) => mail.transitions).toSorted()).toEqual(heard.map(({ id }) => id).toSorted());
      const files = (await readdir(machine.files.mail)).map((name) => name.replace(/\.eml$/, ''));
      expect(mails.filter(({ messageId = '' }) => !files.includes(messageId))).toEqual([]);
    },
  );

  it('each event of a transition is on the bus once', async () => {
    const ids = (await eventsIn(data)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it(
  'writes, publishes and mails nothing when the same nights run once more',
  async () => {
    const measure = async () => ({
      events: await sizeOf(machine.files.events),
      mails: (await readdir(machine.files.mail)).toSorted(),
      deadLetters: await readFile(machine.files.deadLetters, 'utf8').catch(() => ''),
    });
    const before = await measure();
    const again = [
      await runNight(machine, machine.site('bakhmach'), toDay('2026-02-13'), { again: true }),
      await runNight(machine, machine.site('bakhmach'), BAKHMACH_LAST, { again: true }),
      await runNight(machine, machine.site('codementor'), CODEMENTOR_LAST, { again: true }),
    ];
    expect(again.map(({ transitions, mails }) => ({ transitions, mails }))).toEqual(
      again.map(() => ({ transitions: [], mails: [] })),
    );
    const written = again.flatMap(({ sources }) => sources.map((one) => `${one.source} ${one.state} ${one.written}`));
    expect(written).toEqual(
      again.flatMap(() => ['stripe ok 0', 'ga4 ok 0', 'mixpanel ok 0', 'uptime ok 0', 'github ok 0']),
    );
    expect(await measure()).toEqual(before);
  },
  SECONDS,
);
