import { z } from 'zod';
import type { ChannelDefinition } from '../channel.ts';
import { isLoopback } from '../hosts.ts';
import { post } from '../post.ts';
import { renderNews } from './render.ts';

const config = z.strictObject({});

const HOSTS = new Set(['hooks.slack.com', 'hooks.slack-gov.com']);

function isWebhook(text: string): boolean {
  const url = URL.parse(text);
  if (url?.protocol === 'https:' && HOSTS.has(url.hostname)) return url.pathname.startsWith('/services/');
  return url !== null && /^https?:$/.test(url.protocol) && isLoopback(text);
}

// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
const GONE = 'the webhook is no longer there: make a new one in Slack and put its address where the old one was';
const MEANINGS: Readonly<Record<string, string>> = {
  no_service: GONE,
  no_team: GONE,
  no_active_hooks: GONE,
  invalid_token: GONE,
  channel_not_found: 'its channel is no longer there: make a webhook for another one',
  channel_is_archived: 'its channel is archived: take it out of the archive, or make a webhook for another one',
  action_prohibited: 'the Slack workspace does not let it post: ask one of its admins',
  posting_to_general_channel_denied:
    'it may not post to the general channel: ask an admin, or make a webhook for another one',
  user_not_found: 'who it posts to is no longer there: make a webhook for a channel',
};

/** Slack answers with one word. Anything else is not from Slack, and may say the address, which is the secret. */
function explain({ status, body }: { status: number; body: string }): string {
  const word = body.trim();
  if (!/^[a-z_]{1,64}$/.test(word)) return status === 404 || status === 410 ? GONE : '';
  const meaning = MEANINGS[word];
  return meaning === undefined ? word : `${word}, ${meaning}`;
}

/** Each night's news as one post in a Slack channel, by an incoming webhook. */
export const slack: ChannelDefinition<z.infer<typeof config>> = {
  name: 'slack',
  title: "Slack: each night's news in one post, by an incoming webhook",
  config,
  secret: { describe: 'the address of an incoming webhook, https://hooks.slack.com/services/…', isValid: isWebhook },
  hears: 'nights',
  open: (_, url) => ({
    name: 'slack',
    send: (news, signal) =>
      post({ name: 'slack', url, body: JSON.stringify(renderNews(news)), messageId: news.id }, explain, signal),
  }),
};
