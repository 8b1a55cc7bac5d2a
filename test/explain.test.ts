import { explanationOf } from '@plumbline/api/explanation';
import { explainedSnapshot } from '@plumbline/api/schemas';
import { ABOUT, MRR } from '@plumbline/api/testing-mrr';
import { addDays, toDay } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import { metricPage } from '@plumbline/dashboard/metric-page';
import { style } from '@plumbline/dashboard/style';
import type { Machine } from '@plumbline/local/machine';
import { startMachine } from '@plumbline/local/machine';
import type { Loopback } from '@plumbline/local/serve';
import { serveSite } from '@plumbline/local/serve-site';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { browserHere, NO_BROWSER, overflowOf, startBrowser, textsOn } from './browser.ts';
import { asked, plumbline, seedsOf, temporaryFolder, tidyUp } from './support.ts';

tidyUp();

const SECONDS = 60_000;
const answer = explainedSnapshot.extend({ workspace: z.string() });

let seeds: string;
let data: string;

beforeAll(async () => {
  seeds = await seedsOf('bakhmach');
  data = await temporaryFolder();
  const { exit } = await plumbline(['up', '--once', '--port', '0', '--as-of', '2026-01-08', ...here()]);
  expect(exit).toBe(0);
}, SECONDS);

const here = () => ['--seeds', seeds, '--data', data];
const explain = (...words: string[]) => ['explain', ...words, '--workspace', 'bakhmach', ...here()];

describe('explain', () => {
  it('tells one number in words, and as JSON what the read API does', async () => {
    const { exit, out } = await plumbline(explain('signups', '--day', '2026-01-06'));
    expect([exit, out]).toEqual([0, expect.stringMatching(/^Bakhmach Business Hub \(demo number\)\nSignups on 6 Jan/)]);
    expect(out).toContain('\nState     Settled: ');
    const { data: told } = await asked(answer, explain('signups', '--day', '2026-01-06'));
    expect(told).toMatchObject({ workspace: 'bakhmach', metric: 'signups', day: '2026-01-06', demo: true });
    expect(told.revisions).toHaveLength(told.revision);
  });

  it('of no day is the newest', async () => {
    const { data: told } = await asked(answer, explain('signups'));
    expect([told.day, told.state]).toEqual(['2026-01-08', 'provisional']);
  });

  it('of a day without a value exits 1 and names the nearest that has one', async () => {
    const { exit, err } = await plumbline(explain('signups', '--day', '2025-12-24'));
    expect([exit, err]).toEqual([1, expect.stringContaining('the nearest day that has one is 2025-12-29')]);
  });

  it('of an unknown metric exits 2 and names all that there are', async () => {
    const { exit, err } = await plumbline(explain('signup'));
    expect([exit, err]).toEqual([2, expect.stringMatching(/bakhmach has no metric "signup"; it has: .*signups/)]);
  });
});

const from = addDays(MRR.day, -89);
const mrrPage = metricPage({
  workspace: { id: 'acme', name: 'Acme' },
  title: 'MRR',
  unit: 'USD',
  day: MRR.day,
  explanation: explanationOf(
    { ...MRR, demo: true, revision: 2, quality: ['sampled'], earlier: [{ ...MRR, value: 311_000 }] },
    ABOUT,
  ),
  absence: '',
  picture: {
    from,
    to: addDays(MRR.day, 20),
    series: [0, 30, 60, 89].map((days) => ({ day: addDays(from, days), value: 200_000 + 1000 * days })),
    plan: [{ day: addDays(MRR.day, 20), value: 400_000 }],
    judged: { from: MRR.day, to: MRR.day },
  },
  ways: [{ href: '?day=2026-01-19', name: '← 2026-01-19' }],
  metrics: [{ href: '/workspaces/acme/metrics/arr', name: 'ARR' }],
});

/** What the page says of how MRR came about, as a screen reader is told. */
const WATERFALL = `- table:
  - rowgroup:
    - row "Step Amount Customers Picture":
      - columnheader "Step"
      - columnheader "Amount"
      - columnheader "Customers"
      - columnheader "Picture"
  - rowgroup:
    - row "End of 19 Jan $3,071.50":
      - rowheader "End of 19 Jan"
      - cell "$3,071.50"
      - cell
      - cell
    - row "New +$49.00 1":
      - rowheader "New"
      - cell "+$49.00"
      - cell "1"
      - cell
    - row "Reactivation $0.00 0":
      - rowheader "Reactivation"
      - cell "$0.00"
      - cell "0"
      - cell`;

const skipped = browserHere() === undefined && !process.env['CI'];

describe.skipIf(skipped)(skipped ? `a metric's page (skipped: ${NO_BROWSER})` : "a metric's page", () => {
  let browser: Browser;
  let machine: Machine;
  let site: Loopback;
  /** What a page complained of. */
  const troubles: string[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
    machine = await startMachine({ data, seeds, env: {}, log: silentLog });
    site = await serveSite(machine);
  }, SECONDS);
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await machine?.close();
  });

  async function opened(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(5000);
    page.on('console', (message) => troubles.push(message.text()));
    return page;
  }

  async function openedMrr(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await opened(options);
    const html = (await mrrPage).toString();
    await page.route('http://127.0.0.1/**', (route) =>
      route.request().url().includes('style.css')
        ? route.fulfill({ contentType: 'text/css', body: style })
        : route.fulfill({ contentType: 'text/html', body: html }),
    );
    await page.goto('http://127.0.0.1/workspaces/acme/metrics/mrr');
    return page;
  }

  it('is where a card leads, from day to day, without anything that is not its own', async () => {
    const page = await opened();
    await page.goto(`${site.url}/#bakhmach/signups-week-2`);
    await page.locator('[id="bakhmach/signups-week-2"] a.explain').click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Signups on 8 Jan 2026');
    await page.getByRole('link', { name: '← 2026-01-07' }).click();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Signups on 7 Jan 2026');
    const stored = await machine.site('bakhmach').store.snapshots.one('bakhmach', toDay('2026-01-07'), 'signups');
    expect(await page.locator('.value').innerText()).toBe(`${stored?.value} Settled`);
    expect(await page.getByRole('img', { name: /^Signups, .* values, from / }).count()).toBe(1);
    await page.getByText('Other metrics of').click();
    await page.getByRole('link', { name: 'NPS', exact: true }).click();
    expect(new URL(page.url()).search).toBe('?day=2026-01-07');
    await page.close();
    expect(troubles.splice(0)).toEqual([]);
  });

  it('tells each movement in a table that adds up', async () => {
    const page = await openedMrr();
    expect(await page.locator('.waterfall').ariaSnapshot()).toContain(WATERFALL);
    expect(await page.locator('.waterfall rect').count()).toBe(7);
    expect(await page.getByRole('article').innerText()).toContain('It adds up: $3,071.50 + $49.00');
    await page.close();
  });

  it.each(['light', 'dark'] as const)('can be read in the %s, printed, and fits a phone', async (colorScheme) => {
    const page = await openedMrr({ colorScheme });
    const texts = await textsOn(page);
    expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
    expect(texts.filter(({ ground }) => (colorScheme === 'dark' ? ground > 0.1 : ground < 0.7))).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await overflowOf(page)).toBe(0);
    await page.emulateMedia({ media: 'print' });
    expect((await textsOn(page)).filter(({ contrast, ground }) => contrast < 4.5 || ground < 0.7)).toEqual([]);
    await page.close();
  });
});
