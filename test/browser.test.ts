import { signLink } from '@plumbline/alerts/links';
import { indicatorsAnswer } from '@plumbline/api/schemas';
import { toDay } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import type { Machine } from '@plumbline/local/machine';
import { startMachine } from '@plumbline/local/machine';
import { replay } from '@plumbline/local/nights';
import type { Loopback } from '@plumbline/local/serve';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serveSite } from '@plumbline/local/serve-site';
import { browserHere, NO_BROWSER, overflowOf, startBrowser, textsOn } from './browser.ts';
import type { Mail } from './support.ts';
import { headerOf, htmlOf, mailsIn, seedsOf, temporaryFolder, tidyUp } from './support.ts';

tidyUp();

const NIGHT = toDay('2026-01-22');
const WORKSPACES = ['bakhmach', 'codementor'] as const;
const NAMES = { bakhmach: 'Bakhmach Business Hub', codementor: 'CodeMentor AI' };
const SCHEMES = ['light', 'dark'] as const;
const WINDOW = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };

/** What the page says of an indicator, as a screen reader is told. */
const MRR_MISSED = `- article:
  - paragraph: Missed must
  - heading "$3K MRR" [level=4]
  - paragraph:
    - link "MRR":
      - /url: /workspaces/bakhmach/metrics/mrr?day=2026-01-22
    - text: ", by Week 3 (22 Jan 2026)"
  - term: Value on 22 Jan
  - definition: $2,810.17
  - term: Target
  - definition: ≥ $3K
  - term: Gap
  - definition: −$189.83
  - 'img "MRR, 2 Jan to 2 Apr: 21 values, from $0 on 2 Jan to $2,810.17 on 22 Jan; the plan wants $3,000"'
  - term: Sample
  - definition: n = 12
  - term: Responsible
  - definition: VP Product`;

type Image = { decode(): Promise<void>; naturalWidth: number };
const widthOf = async (image: Image): Promise<number> => {
  await image.decode();
  return image.naturalWidth;
};

// A machine that tests each change must have a browser; elsewhere the skip says what is missing.
const skipped = browserHere() === undefined && !process.env['CI'];

describe.skipIf(skipped)(skipped ? `in a real browser (skipped: ${NO_BROWSER})` : 'in a real browser', () => {
  let data: string;
  let machine: Machine;
  let site: Loopback;
  let browser: Browser;
  /** What a page complained of, and what it asked of anybody but its own server. */
  const troubles: string[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
    data = await temporaryFolder();
    machine = await startMachine({
      data,
      seeds: await seedsOf(...WORKSPACES),
      env: {},
      log: silentLog,
    });
    site = await serveSite(machine);
    const sites = WORKSPACES.map((id) => machine.site(id));
    await replay(machine, sites, NIGHT, () => undefined);
  }, 120_000);

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(troubles.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await machine?.close();
  });

  async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: WINDOW, ...options });
    page.setDefaultTimeout(5000);
    page.on('console', (message) => troubles.push(message.text()));
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol !== 'data:' && origin !== site.url) troubles.push(`asked ${request.url()}`);
    });
    return page;
  }

  async function open(path = '/', options: BrowserContextOptions = {}): Promise<Page> {
    const page = await newPage(options);
    await page.goto(site.url + path);
    return page;
  }

  async function openGroups(page: Page): Promise<void> {
    // From the last one on: a group that is open is no longer counted among the closed ones.
    const closed = await page.locator('details:not([open]) > summary').all();
    for (const group of closed.toReversed()) await group.click();
  }

  const sectionOf = (page: Page, id: (typeof WORKSPACES)[number]): Locator =>
    page.getByRole('region', { name: NAMES[id] });
  const cardOf = (page: Page, id: string): Locator => page.locator(`[id="${id}"]`);

  async function isInView(place: Locator): Promise<boolean> {
    const box = await place.boundingBox();
    return box !== null && box.y >= 0 && box.y + box.height <= WINDOW.height;
  }

  /** The mail to the head of community about the members that are missing in week 3. */
  async function missMail(): Promise<Mail> {
    const id = `mail_demo_bakhmach_${NIGHT}_head-of-community`;
    const mail = (await mailsIn(data)).find((one) => headerOf(one, 'X-Plumbline-Mail') === id);
    if (mail) return mail;
    throw new Error(`there is no ${id} in ${machine.files.mail}`);
  }

  describe('the page', () => {
    it('shows both plans, and says that their numbers are made up', async () => {
      const page = await open();
      expect(await page.title()).toBe('Plumbline');
      expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toEqual(Object.values(NAMES));
      for (const id of WORKSPACES) {
        const text = await sectionOf(page, id).innerText();
        expect(text).toContain('Demo. These numbers come from demo providers.');
        expect(text).toContain('Last night: 22 Jan 2026');
      }
    });

    it.each(WORKSPACES)('says of each indicator of %s how it stands, draws it, and names who answers', async (id) => {
      const page = await open();
      await openGroups(page);
      const cards = await sectionOf(page, id).getByRole('article').all();
      const shown = await Promise.all(
        cards.map(async (card) => ({
          id: await card.getAttribute('id'),
          status: /^- paragraph: (Missed|At risk|On track|Recovered|Met|Not due yet)/m.exec(
            (await card.ariaSnapshot()).replaceAll(/^ +/gm, ''),
          )?.[1],
          dri: await card.getByRole('definition').last().innerText(),
          picture: await card.getByRole('img', { name: /, \d+ Jan to \d+ [A-Z][a-z]+: ./ }).count(),
        })),
      );
      const answer = await fetch(`${site.url}/v1/workspaces/${id}/indicators`);
      const { indicators, hypotheses } = indicatorsAnswer.parse(await answer.json());
      const words = { missed: 'Missed', at_risk: 'At risk', on_track: 'On track', recovered: 'Recovered', met: 'Met' };
      const { dris } = machine.site(id).workspace;
      const known = indicators.map((one) => ({
        id: `${id}/${one.id}`,
        status: one.status === 'not_due' ? 'Not due yet' : words[one.status],
        dri: dris[one.dri]?.title,
        picture: 1,
      }));
      const supposed = new Set(hypotheses.map((one) => `${id}/${one.id}`));
      const promised = shown.filter((card) => !supposed.has(card.id ?? ''));
      expect(promised).toHaveLength(known.length);
      expect(promised).toEqual(expect.arrayContaining(known));
      expect(shown).toHaveLength(known.length + supposed.size);
    });

    it('holds a missed number against its target', async () => {
      const page = await open();
      expect(await cardOf(page, 'bakhmach/mrr-week-3').ariaSnapshot()).toBe(MRR_MISSED);
    });

    it('tells what changed last night', async () => {
      const page = await open();
      const { store } = machine.site('bakhmach');
      const transitions = await store.transitions.list('bakhmach', NIGHT, NIGHT);
      const rows = await sectionOf(page, 'bakhmach').locator('.changes li').allInnerTexts();
      expect(rows.find((row) => row.includes('Members: 150+'))?.split('\n')).toEqual([
        '✕Missed',
        'Members: 150+',
        'Members by Week 3 · 133 against ≥ 150 · Head of Community',
      ]);
      expect(rows.map((row) => `${row.split('\n')[1]}`).toSorted()).toEqual(
        transitions.map(({ says }) => says).toSorted(),
      );
      expect(await sectionOf(page, 'codementor').innerText()).toContain('Nothing: every status is as it was.');
    });

    it.each(WORKSPACES)('lists the mails of %s, newest first', async (id) => {
      const page = await open();
      await openGroups(page);
      const rows = await sectionOf(page, id).locator('tbody tr').all();
      const shown = await Promise.all(rows.map((row) => row.getByRole('cell').allInnerTexts()));
      const mails = await machine.site(id).store.mails.list(id, toDay('2026-01-01'), NIGHT);
      expect(shown.map(([, to, subject]) => `${to} ${subject}`).toSorted()).toEqual(
        mails.map(({ to, subject }) => `${to} ${subject}`).toSorted(),
      );
      const times = await Promise.all(rows.map((row) => row.getByRole('time').getAttribute('datetime')));
      expect(times).toEqual(times.toSorted((a, b) => `${b}`.localeCompare(`${a}`)));
    });

    it.each(['features-week-3', 'task-completion#week-2'])(
      'leads from a change to %s, in a closed group',
      async (id) => {
        const page = await open();
        const card = cardOf(page, `bakhmach/${id}`);
        expect(await card.isVisible()).toBe(false);
        await page.locator(`.changes a[href="#bakhmach/${id}"]`).click();
        expect(await card.isVisible()).toBe(true);
        expect(await isInView(card)).toBe(true);
      },
    );

    it('opens at the indicator that a mail links to', async () => {
      const page = await open('/#bakhmach/task-completion#week-2');
      expect(await isInView(cardOf(page, 'bakhmach/task-completion#week-2'))).toBe(true);
    });

    it('can be used without a mouse', async () => {
      const page = await open();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(new URL(page.url()).hash).toBe('#main');
      const group = page.locator('[id="bakhmach--met"]');
      await group.locator('summary').focus();
      expect(await group.getByRole('article').count()).toBe(0);
      await page.keyboard.press('Enter');
      expect(await group.getByRole('article').count()).toBeGreaterThan(5);
      await page.keyboard.press('Enter');
      expect(await group.getByRole('article').count()).toBe(0);
    });

    it.each(SCHEMES)('is readable in %s colours', async (colorScheme) => {
      const page = await open('/', { colorScheme });
      await openGroups(page);
      const texts = await textsOn(page);
      expect(texts.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
      expect(texts.filter(({ ground }) => (colorScheme === 'dark' ? ground > 0.1 : ground < 0.7))).toEqual([]);
    });

    it.each(SCHEMES)('prints dark on light for a reader of %s colours', async (colorScheme) => {
      const page = await open('/', { colorScheme });
      await page.emulateMedia({ media: 'print' });
      const texts = await textsOn(page);
      expect(texts.filter(({ contrast, ground }) => contrast < 4.5 || ground < 0.7)).toEqual([]);
    });

    it('fits a narrow telephone', async () => {
      const page = await open('/', { viewport: NARROW });
      await openGroups(page);
      expect(await overflowOf(page)).toBe(0);
    });

    it('lets nothing in that is not its own', async () => {
      const page = await open();
      await page.evaluate(`
        document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = "taken over"' }));
        document.body.append(Object.assign(document.createElement('img'), { src: 'https://elsewhere.example/spy.png' }));
      `);
      expect(await page.title()).toBe('Plumbline');
      expect(troubles.splice(0).toSorted()).toEqual([
        expect.stringMatching(/inline script.* violates/),
        expect.stringMatching(/elsewhere.* violates/),
        'asked https://elsewhere.example/spy.png',
      ]);
    });
  });

  const LOOKS = SCHEMES.flatMap((colorScheme) => [600, 360].map((width) => ({ colorScheme, width })));

  describe('the page of alerts', () => {
    const alertsIn = (page: Page) => page.locator('main section > ul > li');

    it('is a link away, and says of each alert by which message who was told', async () => {
      const page = await open();
      await sectionOf(page, 'bakhmach').getByRole('link', { name: 'All alerts' }).press('Enter');
      const alert = alertsIn(page).filter({ hasText: 'Members: 150+' }).first();
      expect((await alert.innerText()).replaceAll(/ *\n+/g, '\n').split('\n')).toEqual([
        '✕Missed',
        'Members: 150+',
        expect.stringMatching(/^Members by Week 3 · .* against ≥ 150 · Head of Community$/),
        expect.stringMatching(
          /^23 Jan 2026, 03:00 mailed to Head of Community <head-of-community@bakhmach\.example>; delivered [0-9a-f-]+$/,
        ),
        expect.stringMatching(/^trn_20260122_\w+$/),
      ]);
      await alert.getByRole('link', { name: 'Members: 150+' }).click();
      expect(await isInView(cardOf(page, 'bakhmach/members-week-3'))).toBe(true);
    });

    it.each(LOOKS)('can be read, and printed, $colorScheme, $width px wide', async ({ colorScheme, width }) => {
      const { store, clock } = machine.site('bakhmach');
      const who = { workspace: 'bakhmach', dri: 'vp-product', email: 'vp-product@bakhmach.example' };
      await store.unreachable.put({ ...who, why: 'bounced', reason: '550 5.1.1', mail: 'mail_1', at: clock.now() });
      const page = await open('/workspaces/bakhmach/alerts', { colorScheme, viewport: { width, height: 900 } });
      await store.unreachable.remove(who.workspace, who.dri);
      expect(await page.getByRole('alert').innerText()).toContain('VP Product can’t be reached.');
      expect(await overflowOf(page)).toBe(0);
      expect((await textsOn(page)).filter(({ contrast }) => contrast < 4.5)).toEqual([]);
      await page.emulateMedia({ media: 'print' });
      expect((await textsOn(page)).filter(({ contrast, ground }) => contrast < 4.5 || ground < 0.7)).toEqual([]);
    });
  });

  describe('a mail', () => {
    it.each(LOOKS)(
      'shows its picture and can be read, $colorScheme, $width px wide',
      async ({ colorScheme, width }) => {
        const page = await newPage({ colorScheme, viewport: { width, height: 900 } });
        await page.setContent(htmlOf(await missMail()));
        const picture = page.getByRole('img', { name: /^Members/ });
        expect(await picture.evaluate(widthOf)).toBe(1200);
        expect((await textsOn(page)).filter(({ contrast }) => contrast < 4.5)).toEqual([]);
        expect(await overflowOf(page)).toBe(0);
      },
    );
  });

  describe('acknowledging', () => {
    const answers = () => machine.site('bakhmach').store.acknowledgements.list('bakhmach');

    it('takes a reason and a press of the button, from the mail to the page', async () => {
      const page = await newPage();
      await page.setContent(htmlOf(await missMail()));
      await page.getByRole('link', { name: 'Acknowledge' }).click();
      await page.getByRole('heading', { name: 'Acknowledge this alert' }).waitFor();
      expect(await page.getByRole('main').innerText()).toContain('Members: 150+');
      const button = page.getByRole('button', { name: 'Acknowledge' });
      await button.click();
      expect(await answers()).toEqual([]);

      await page.getByLabel('What are you doing about it?').fill('Calling <b>ten</b> members');
      await button.click();
      await page.getByRole('heading', { name: 'Done' }).waitFor();
      await page.getByRole('link', { name: 'See it on the dashboard' }).click();
      const card = cardOf(page, 'bakhmach/members-week-3');
      expect((await card.innerText()).split('\n')).toEqual(
        expect.arrayContaining(['acknowledged', 'Acknowledged: Calling <b>ten</b> members']),
      );
      expect(await answers()).toMatchObject([{ indicator: 'members-week-3', kind: 'acknowledged' }]);
    });

    it.each([
      {
        link: 'that has run out',
        heading: 'This link has run out',
        spoil: (token: string) => token,
        hours: -1,
        answer: '410 (Gone)',
      },
      {
        link: 'that was cut off',
        heading: 'This link is not valid',
        spoil: (token: string) => token.slice(0, -9),
        hours: 1,
        answer: '400 (Bad Request)',
      },
    ])('is refused kindly by a link $link', async ({ heading, spoil, hours, answer }) => {
      const { clock, store } = machine.site('bakhmach');
      const [transition] = await store.transitions.list('bakhmach', NIGHT, NIGHT);
      const link = {
        action: 'acknowledge',
        workspace: 'bakhmach',
        transition: transition?.id ?? '',
        expiresAt: clock.now() + hours * 3_600_000,
      } as const;
      const page = await open(`/act?token=${spoil(signLink(link, await machine.world.linkKey()))}`);
      expect(await page.getByRole('heading').allInnerTexts()).toEqual([heading]);
      expect(await page.getByRole('button').count()).toBe(0);
      await page.getByRole('link', { name: 'Open the dashboard' }).click();
      expect(await page.title()).toBe('Plumbline');
      expect(troubles.splice(0)).toEqual([expect.stringContaining(answer)]);
    });
  });
});
