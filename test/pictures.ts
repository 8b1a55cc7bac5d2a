// Writes docs/pictures from the demo: `npm run pictures`.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { toDay } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import type { Machine } from '@plumbline/local/machine';
import { startMachine } from '@plumbline/local/machine';
import { replay } from '@plumbline/local/nights';
import type { Browser, Page } from 'playwright-core';
import { serveSite } from '@plumbline/local/serve-site';
import { startBrowser } from './browser.ts';
import { headerOf, htmlOf, mailsIn } from './support.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const PICTURES = path.join(ROOT, 'docs/pictures');
const PAGE = { width: 1280, height: 1500 };
/** As high as a mail's head and its first card. */
const MAIL = { width: 680, height: 905 };
/** As high as a number's head, its movements and its way. */
const METRIC = { width: 1000, height: 1060 };
/** A day on which MRR grew and shrank. */
const MOVED = '2026-03-05';
/** The night that found out that NPS stayed under 40 by week 6. */
const MAIL_ID = 'mail_demo_bakhmach_2026-02-13_vp-product';

/** A night in the midst of both plans, with something of everything on the page. */
const AS_OF = toDay('2026-03-06');

const data = await mkdtemp(path.join(tmpdir(), 'plumbline-pictures-'));
try {
  const machine = await startMachine({ data, seeds: path.join(ROOT, 'seeds'), env: {}, log: silentLog });
  try {
    await takePictures(machine);
  } finally {
    await machine.close();
  }
} finally {
  await rm(data, { recursive: true, force: true, maxRetries: 5 });
}

async function takePictures(machine: Machine): Promise<void> {
  const site = await serveSite(machine);
  try {
    const sites = machine.workspaces.map(({ id }) => machine.site(id));
    await replay(machine, sites, AS_OF, ({ workspace }, day, done, all) => {
      if (done % 10 === 0 || done === all)
        process.stderr.write(`${workspace.name}: ${day}, ${done} of ${all} nights\n`);
    });
    const browser = await startBrowser();
    try {
      await mkdir(PICTURES, { recursive: true });
      await picture(browser, 'page', { viewport: PAGE }, async (page) => void (await page.goto(site.url)));
      const dark = { viewport: PAGE, colorScheme: 'dark' } as const;
      await picture(browser, 'page-dark', dark, async (page) => void (await page.goto(site.url)));
      const explained = `${site.url.replace(/\/$/, '')}/workspaces/bakhmach/metrics/mrr?day=${MOVED}`;
      await picture(browser, 'metric', { viewport: METRIC }, async (page) => void (await page.goto(explained)));
      const mail = await mailHtml();
      await picture(browser, 'mail', { viewport: MAIL }, (page) => page.setContent(mail));
    } finally {
      await browser.close();
    }
  } finally {
    await site.close();
  }
}

async function mailHtml(): Promise<string> {
  const mail = (await mailsIn(data)).find((one) => headerOf(one, 'X-Plumbline-Mail') === MAIL_ID);
  if (mail) return htmlOf(mail);
  throw new Error(`there is no ${MAIL_ID} among the mails`);
}

type Look = { viewport: { width: number; height: number }; colorScheme?: 'light' | 'dark' };

async function picture(browser: Browser, name: string, look: Look, show: (page: Page) => Promise<void>): Promise<void> {
  const page = await browser.newPage(look);
  await show(page);
  const file = path.join(PICTURES, `${name}.png`);
  await page.screenshot({ path: file });
  await page.close();
  process.stderr.write(`${path.relative(ROOT, file)}\n`);
}
