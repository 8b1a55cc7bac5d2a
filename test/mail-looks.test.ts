import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { exampleMails } from '@plumbline/alerts/example-mails';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserHere, NO_BROWSER, overflowOf, startBrowser, textsOn } from './browser.ts';

const FOLDER = path.resolve(import.meta.dirname, '../docs/mails');
const skipped = browserHere() === undefined && !process.env['CI'];

describe.skipIf(skipped)(skipped ? `every kind of mail (skipped: ${NO_BROWSER})` : 'every kind of mail', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await startBrowser()));
  afterAll(() => browser.close());

  const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
    [680, 360].map((width) => ({ colorScheme, width })),
  );
  it.each(looks)('can be read, and fits, $colorScheme, $width px wide', async ({ colorScheme, width }) => {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    const faults: unknown[] = [];
    for (const kind of Object.keys(exampleMails)) {
      await page.goto(pathToFileURL(path.join(FOLDER, `${kind}.html`)).href);
      const faint = (await textsOn(page)).filter(({ contrast }) => contrast < 4.5).map(({ text }) => text);
      const missing = await page.evaluate('[...document.images].filter((image) => image.naturalWidth === 0).length');
      const overflow = await overflowOf(page);
      if (faint.length > 0 || missing !== 0 || overflow > 0) faults.push({ kind, faint, missing, overflow });
    }
    await page.close();
    expect(faults).toEqual([]);
  });
});
