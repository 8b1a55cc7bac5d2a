import { reviewPage } from '@plumbline/dashboard/review-page';
import { style } from '@plumbline/dashboard/style';
import type { SheetRow, SheetSection } from '@plumbline/core/sheet';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserHere, NO_BROWSER, overflowOf, startBrowser, textsOn } from './browser.ts';

const row: SheetRow = {
  word: 'Not due yet',
  tone: 'calm',
  says: '$300K in enterprise contracts signed',
  note: 'Contracts signed by Week 8 · 26 Feb · heading for $281K ($220K to $310K), needs +$4,120 a day',
  target: '>= $300K',
  actual: '$181,150',
  dri: 'Growth Marketing Lead',
  indicator: 'contracts-week-8',
};
const section = (id: string, count: number, note = row.note): SheetSection => ({
  id,
  title: `Due before Friday 2026-02-27, ${id}`,
  actual: 'Now',
  rows: Array.from({ length: count }, () => ({ ...row, note })),
  more: 12,
  empty: '',
});

// As many rows as a digest has at most, in all the sections that it may have.
const page = await reviewPage({
  workspace: { id: 'acme', name: 'Acme', demo: true },
  plan: 'Acme, 90 Day Execution Plan',
  ways: [{ href: '/reviews/acme/weekly/2026-02-27', name: '2026-02-27 →' }],
  sheet: {
    title: 'Weekly review',
    day: 'Friday 2026-02-20',
    time: '16:00',
    about: 'Friday 2026-02-13 to Thursday 2026-02-19',
    counts: '4 missed, 2 at risk, 1 met, 12 due next',
    sections: [
      section('changes', 6, 'Contracts signed by Week 7 · −$12,345.67'),
      section('open', 3, 'Contracts signed by Week 6 · −$12,345.67 · acknowledged: we talk to two more'),
      section('due', 5),
      section('decisions', 1),
      section('table', 7, 'Contracts signed'),
    ],
  },
});
const html = page.toString();

const skipped = browserHere() === undefined && !process.env['CI'];

describe.skipIf(skipped)(skipped ? `a review's page (skipped: ${NO_BROWSER})` : "a review's page", () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await startBrowser()));
  afterAll(() => browser.close());

  async function opened(work: (page: Page) => Promise<void>): Promise<void> {
    const page = await browser.newPage();
    await page.route('http://127.0.0.1/**', (route) =>
      route.request().url().includes('style.css')
        ? route.fulfill({ contentType: 'text/css', body: style })
        : route.fulfill({ contentType: 'text/html', body: html }),
    );
    await page.goto('http://127.0.0.1/reviews/acme/weekly');
    await work(page);
    await page.close();
  }

  it.each(['A4', 'Letter'])('prints on one sheet of %s', (format) =>
    opened(async (page) => {
      const pdf = await page.pdf({ format });
      expect(pdf.toString('latin1').match(/\/Type \/Page\b/g)).toHaveLength(1);
    }),
  );

  it.each(['light', 'dark'] as const)('can be read in the %s, and fits a phone', (colorScheme) =>
    opened(async (page) => {
      await page.emulateMedia({ colorScheme });
      expect((await textsOn(page)).filter(({ contrast }) => contrast < 4.5)).toEqual([]);
      await page.setViewportSize({ width: 360, height: 740 });
      expect(await overflowOf(page)).toBe(0);
    }),
  );
});
