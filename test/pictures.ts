// Writes docs/pictures from the demo: `npm run pictures`, or `npm run pictures -- --data DIR` to take a folder that has been replayed.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { silentLog } from '@plumbline/core/ports';
import type { Machine } from '@plumbline/local/machine';
import { startMachine } from '@plumbline/local/machine';
import { replay } from '@plumbline/local/nights';
import type { Browser, Page } from 'playwright-core';
import { serveSite, startBrowser } from './browser.ts';
import { headerOf, htmlOf, mailsIn } from './support.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const PICTURES = path.join(ROOT, 'docs/pictures');
const PAGE = { width: 1280, height: 1500 };
const MAIL = { width: 680, height: 600 };
/** The night that found out that NPS stayed under 40 by week 6. */
const MAIL_ID = 'mail_bakhmach_2026-02-13_vp-product';

const { values } = parseArgs({ options: { data: { type: 'string' } } });
// Worked on as a copy: taking pictures leaves no trace in anybody's data.
const data = await mkdtemp(path.join(tmpdir(), 'plumbline-pictures-'));
try {
  if (values.data !== undefined) await cp(values.data, data, { recursive: true });
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
    await replay(machine, sites, undefined, ({ workspace }, day, done, all) => {
      if (done % 10 === 0 || done === all)
        process.stderr.write(`${workspace.name}: ${day}, ${done} of ${all} nights\n`);
    });
    const browser = await startBrowser();
    try {
      await mkdir(PICTURES, { recursive: true });
      await picture(browser, 'page', { viewport: PAGE }, async (page) => void (await page.goto(site.url)));
      const dark = { viewport: PAGE, colorScheme: 'dark' } as const;
      await picture(browser, 'page-dark', dark, async (page) => void (await page.goto(site.url)));
      const mail = await mailHtml();
      await picture(browser, 'mail', { viewport: MAIL, fullPage: true }, (page) => page.setContent(mail));
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
  throw new Error(`there is no ${MAIL_ID} among the mails; replay Bakhmach's whole plan`);
}

type Look = { viewport: { width: number; height: number }; colorScheme?: 'light' | 'dark'; fullPage?: boolean };

async function picture(
  browser: Browser,
  name: string,
  { fullPage = false, ...look }: Look,
  show: (page: Page) => Promise<void>,
): Promise<void> {
  const page = await browser.newPage(look);
  await show(page);
  const file = path.join(PICTURES, `${name}.png`);
  await page.screenshot({ path: file, fullPage });
  await page.close();
  process.stderr.write(`${path.relative(ROOT, file)}\n`);
}
