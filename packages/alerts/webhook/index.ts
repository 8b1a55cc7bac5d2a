import { DETAIL_TYPES } from '@plumbline/core/night';
import { z } from 'zod';
import type { ChannelDefinition } from '../channel.ts';
import { isLoopback } from '../hosts.ts';
import { post } from '../post.ts';
import { without } from '../text.ts';
import { areKeys, keysIn, signed } from './sign.ts';

const config = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an https:// address' })
    .refine((text) => URL.parse(text)?.protocol === 'https:' || isLoopback(text), 'must be an https:// address')
    .refine(
      (text) => URL.parse(text)?.username === '' && URL.parse(text)?.password === '',
      'must not hold a user name or a password: the signature says who sends',
    )
    .describe('Where each event is sent to by POST'),
  events: z.array(z.enum(DETAIL_TYPES)).min(1).optional().describe('Which events; all without it'),
});

type Config = z.infer<typeof config>;

/** Each event to another system, signed by the scheme of Standard Webhooks. */
export const webhook: ChannelDefinition<Config> = {
  name: 'webhook',
  title: 'Webhook: each event by POST to another system, signed',
  config,
  secret: { describe: 'the key that signs, whsec_ and 24 to 64 random bytes in base64', isValid: areKeys },
  hears: 'events',
  wants: ({ events }, detailType) => events?.some((event) => event === detailType) ?? true,
  open: ({ url }, secret, { clock }) => ({
    name: 'webhook',
    send: (event, signal) => {
      const { id, time } = event.detail.metadata;
      const body = JSON.stringify({
        source: 'plumbline',
        'detail-type': event['detail-type'],
        time,
        detail: event.detail,
      });
      const headers = signed({ id, at: clock.now(), body }, secret);
      const explain = (refusal: { body: string }) => without(keysIn(secret), refusal.body);
      return post({ name: 'webhook', url, headers, body, messageId: id }, explain, signal);
    },
  }),
};
