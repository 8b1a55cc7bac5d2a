import type { Day } from '@plumbline/core/day';
import type { Unreachable } from '@plumbline/core/night';
import type { Transition } from '@plumbline/core/status';
import type { Attachment, Message } from './channel.ts';
import type { MailDigest } from './digest.ts';
import { sheetText } from './digest.ts';
import { mailHtml } from './mail-html.ts';
import { actionsOf, becauseOf, headlineOf, noticesOf, subjectOf, wordsOf } from './mail-words.ts';
import type { PlanLine, SeriesPoint } from './picture.ts';
import { drawSeries, toPng } from './picture.ts';
import { plain } from './text.ts';

/** One transition with what its reader needs to act. Values are in the metric's inside form. */
export type MailItem = {
  transition: Transition;
  metricTitle: string;
  /** The deadline as the subject says it: `by Week 6`. */
  when: string;
  series: readonly SeriesPoint[];
  planLine: PlanLine;
  /** Of a hypothesis: where its pivot lies, beside its go. */
  pivotLine?: readonly SeriesPoint[];
  /** What a forecast speaks of: `at the deadline`, `within a week`. */
  forecastFor: string;
  /** 95 % interval of the value, of a rate or score that has one. */
  interval?: { low: number; high: number } | undefined;
  /** `54 of 216 min left`: of an uptime that is to be maintained. */
  errorBudget?: string | undefined;
  /** The title of the DRI. */
  responsible: string;
  /** `mixpanel, pulled 2026-02-13T01:00:07Z, revision 1`; null where there is no number. */
  numberCameFrom: string | null;
  links: { acknowledge?: string; snooze?: string; evidence?: string; indicator?: string };
};

/** Somebody whom a mail does not reach; `undelivered` speaks of this one mail alone. */
export type StandIn = {
  dri: string;
  title: string;
  email: string;
  why: Unreachable['why'] | 'undelivered';
  reason: string;
};

/** One mail to one person about one night; items worst first. */
export type MailInput = {
  workspace: { id: string; name: string; demo: boolean };
  night: Day;
  dri: { id: string; title: string; email: string };
  /** Those whom mails don't reach, where `dri` is the fallback who hears what was for them. */
  standsInFor?: readonly StandIn[];
  items: readonly MailItem[];
  /** The digest of the review that comes up, behind the items. */
  digest?: MailDigest | undefined;
  dashboardUrl: string;
};

export type Mail = Pick<Message, 'subject' | 'html' | 'text' | 'unsubscribe'> & { attachments: Attachment[] };

// A picture weighs about 20 KB.
const MAX_PICTURES = 8;

/** A night's mail: subject, HTML with pictures by `cid:`, and the same in text. */
export async function renderMail(input: MailInput): Promise<Mail> {
  const pictured = input.items.filter(({ series }) => series.length > 0).slice(0, MAX_PICTURES);
  const pictures = new Map<MailItem, Attachment>();
  for (const [index, item] of pictured.entries()) {
    pictures.set(item, await pictureOf(item, index + 1));
  }
  const html = mailHtml(input, pictures);
  return {
    subject: subjectOf(input),
    html,
    text: mailText(input),
    attachments: [...pictures.values()].filter(({ cid }) => html.includes(`src="cid:${cid}"`)),
    unsubscribe: input.digest?.unsubscribe,
  };
}

async function pictureOf(item: MailItem, number: number): Promise<Attachment> {
  const { transition, series, planLine, pivotLine } = item;
  const { value, target, title } = wordsOf(item);
  const first = series[0]?.day;
  const alt = `${title}: ${series.length} days from ${first} to ${series.at(-1)?.day}, ${value === null ? 'no value' : `${value} on ${transition.day}`} against ${target}`;
  const decisive = series.find(({ day }) => day === transition.day);
  const svg = drawSeries({ series, planLine, pivotLine, unit: transition.unit, title: alt, decisive });
  return { cid: `picture-${number}@plumbline`, filename: `picture-${number}.png`, content: await toPng(svg), alt };
}

function mailText(input: MailInput): string {
  const { workspace, items, digest, dashboardUrl } = input;
  const blocks = items.map((item) => {
    const { label, title, says, value, bounds, gap, sentence, facts, cameFrom } = wordsOf(item);
    const numbers = [
      value ?? 'no value',
      ...bounds.map(({ name, text }) => `${name.toLowerCase()} ${text}`),
      gap && `gap ${gap}`,
    ]
      .filter(Boolean)
      .join(', ');
    return [
      `[${label}] ${title}`,
      says && `Plan: “${says}”`,
      bounds.length > 0 && `Value: ${numbers}`,
      sentence,
      ...facts.map(({ name, text }) => `${name}: ${text}`),
      cameFrom && `Number from: ${cameFrom}`,
      ...actionsOf(item).map(({ name, href }) => `${name}: ${href}`),
    ]
      .filter(Boolean)
      .join('\n');
  });
  return `${[
    `${plain(workspace.name, 200)}, ${headlineOf(input)}`,
    ...noticesOf(input),
    ...blocks,
    ...(digest
      ? [
          sheetText(digest.sheet),
          `As a page to print: ${plain(digest.page)}\nNo more digests by mail: ${plain(digest.unsubscribe)}`,
        ]
      : []),
    `Dashboard: ${plain(dashboardUrl)}`,
    becauseOf(input),
  ].join('\n\n')}\n`;
}
