import type { News, NewsItem } from '@plumbline/alerts/channel';
import { slack as definition } from '@plumbline/alerts/slack/index';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Driver, Kind } from './driver.ts';
import { HOSTILE, httpService } from './driver.ts';

const SECRET = 'T0001/B0002/s3cretS3cret';

const news = (text: string, count: number): News => {
  const item: NewsItem = { line: text, note: text, href: 'http://127.0.0.1:4180/#acme/nps' };
  return {
    id: 'slack_acme_2026-02-13',
    headline: text,
    groups: [{ who: text, items: Array.from({ length: count }, () => item) }],
    digests: [item],
    dashboardUrl: 'http://127.0.0.1:4180/#acme',
  };
};

const messages: Readonly<Record<Kind, News>> = {
  plain: news('[Missed] NPS 36', 1),
  hostile: news(HOSTILE, 3),
  huge: news('x'.repeat(5000), 2000),
};

const text = z.object({ type: z.enum(['mrkdwn', 'plain_text']), text: z.string().min(1).max(3000) });
const message = z.object({
  text: z.string().min(1),
  blocks: z
    .array(
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('header'), text: text.extend({ text: z.string().min(1).max(150) }) }),
        z.object({ type: z.literal('section'), text }),
        z.object({ type: z.literal('context'), elements: z.array(text).min(1).max(10) }),
      ]),
    )
    .max(50),
});

export const slack: Driver = {
  name: 'slack',
  secrets: [SECRET],
  patience: 'its own',
  inspect: (accepted) => {
    const { text: fallback, blocks } = message.parse(JSON.parse(accepted));
    const marked = blocks.flatMap((block) => (block.type === 'section' ? [block.text.text] : []));
    expect([fallback, ...marked].join('\n')).not.toMatch(/<(?!http:\/\/127\.0\.0\.1:4180\/)/);
    expect(accepted.length).toBeLessThan(16_000);
  },
  start: (fault, excuse) =>
    httpService(fault, { accepts: { status: 200, body: 'ok' }, refuses: { status: 404, body: excuse } }, (url) => {
      const channel =
        definition.hears === 'nights' && definition.open({}, `${url}/services/${SECRET}`, { clock: { now: () => 0 } });
      if (!channel) throw new Error('Slack hears of nights');
      return (kind, signal) => channel.send(messages[kind], signal);
    }),
};
