import type { News, NewsItem } from '../channel.ts';
import { plain } from '../text.ts';

// https://docs.slack.dev/reference/block-kit/blocks, https://docs.slack.dev/reference/block-kit/blocks/section-block
const MOST_BLOCKS = 50;
const MOST_IN_SECTION = 3000;
const MOST_IN_HEADER = 150;
/** Beyond about 13,000 characters Slack refuses a message whose blocks are each within their limits: https://github.com/slackapi/bolt-js/issues/2509 */
const MOST_IN_ALL = 10_000;
/** Kept for the header and for what stands at the end. */
const BLOCKS_AROUND = 4;
const MOST_IN_LINE = 300;
const MOST_IN_NAME = 120;

type Text = { type: 'mrkdwn'; text: string; verbatim: true } | { type: 'plain_text'; text: string; emoji: false };
type Block =
  | { type: 'header'; text: Text }
  | { type: 'section'; text: Text }
  | { type: 'context'; elements: readonly Text[] };

/** What an incoming webhook takes. `text` is for notifications and for clients that show no blocks. */
export type SlackMessage = { text: string; blocks: readonly Block[]; unfurl_links: false; unfurl_media: false };

const CODES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Slack asks for these three and no others: https://docs.slack.dev/messaging/formatting-message-text#escaping. Cut before it is escaped. */
const escaped = (text: string, max: number): string =>
  plain(text, max).replaceAll(/[&<>]/g, (character) => CODES[character] ?? character);

/** Our own addresses; a `|` would end one. */
const link = (href: string, text: string): string => `<${escaped(href, 2000).replaceAll('|', '%7C')}|${text}>`;

const shown = ({ line, note, href }: NewsItem): string => {
  const told = `• ${href === '' ? escaped(line, MOST_IN_LINE) : link(href, escaped(line, MOST_IN_LINE))}`;
  return note === '' ? told : `${told}\n   ${escaped(note, MOST_IN_LINE)}`;
};

// Verbatim, so that Slack makes no links and no mentions out of words.
const section = (text: string): Block => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } });
const context = (text: string): Block => ({ type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] });

/** A night's news as blocks, within Slack's limits: what is too much is counted at the end, the mildest first. */
export function renderNews({ headline, groups, digests, dashboardUrl }: News): SlackMessage {
  const parts = [
    ...groups.map(({ who, items }) => ({ title: `*${escaped(who, MOST_IN_NAME)}*`, lines: items.map(shown) })),
    ...(digests.length > 0 ? [{ title: '*Digests*', lines: digests.map(shown) }] : []),
  ];
  const sections: string[] = [];
  let length = 0;
  let left = 0;
  for (const { title, lines } of parts) {
    let open = '';
    for (const [index, line] of lines.entries()) {
      const begun = open !== '' && open.length + 1 + line.length <= MOST_IN_SECTION;
      const text = begun ? `${open}\n${line}` : index === 0 ? `${title}\n${line}` : line;
      const isFull = !begun && sections.length === MOST_BLOCKS - BLOCKS_AROUND;
      const added = text.length - (begun ? open.length : 0);
      if (left > 0 || isFull || length + added > MOST_IN_ALL) {
        left += 1;
        continue;
      }
      if (begun) sections.pop();
      sections.push(text);
      open = text;
      length += added;
    }
  }
  const more = left > 0 ? `and ${left} more: ` : '';
  return {
    text: escaped(headline, MOST_IN_LINE),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: plain(headline, MOST_IN_HEADER), emoji: false } },
      ...sections.map(section),
      context(`${more}${link(dashboardUrl, 'the dashboard')}`),
    ],
    unfurl_links: false,
    unfurl_media: false,
  };
}
