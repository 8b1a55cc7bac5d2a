import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { z } from 'zod';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const FLAGS = [
  '--no-sandbox', // as root there is none; only this project's own pages are opened
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The browser of this machine: PLUMBLINE_CHROMIUM, or the first one on PATH. */
export const browserHere = (): string | undefined =>
  process.env['PLUMBLINE_CHROMIUM'] ||
  (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .flatMap((folder) => NAMES.map((name) => path.join(folder, name)))
    .find(isProgram);

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const NO_BROWSER = 'no chromium is on PATH; install one, or name its program in PLUMBLINE_CHROMIUM';

export async function startBrowser(): Promise<Browser> {
  const executablePath = browserHere();
  if (executablePath === undefined) throw new Error(NO_BROWSER);
  return chromium.launch({ executablePath, args: FLAGS });
}

/** How many pixels wider than its window the page is. */
export const overflowOf = async (page: Page): Promise<number> =>
  z.number().parse(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));

// Written as text: it runs in the page, whose types this project doesn't have. A canvas mixes whatever colours CSS may name.
const READ_TEXTS = `(() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
  const lightAfter = (...colours) => {
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    const linear = (byte) => (byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const grounds = (element) =>
    element ? [...grounds(element.parentElement), getComputedStyle(element).backgroundColor] : ['Canvas'];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!/[\\p{L}\\p{N}]/u.test(text) || !element.checkVisibility({ visibilityProperty: true })) continue;
    const ground = lightAfter(...grounds(element));
    const ink = lightAfter(getComputedStyle(element).color);
    texts.push({ text, ground, contrast: (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05) });
  }
  return texts;
})()`;

const textsSchema = z.array(z.object({ text: z.string(), ground: z.number(), contrast: z.number() })).min(1);

/**
 * What can be read on a page: each text that has a letter or a digit, how light its ground is (0 black, 1 white), and its contrast to it as
 * https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio has it.
 */
export const textsOn = async (page: Page) => textsSchema.parse(await page.evaluate(READ_TEXTS));
