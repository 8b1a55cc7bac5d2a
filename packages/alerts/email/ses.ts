import type { SESv2Client } from '@aws-sdk/client-sesv2';
import { SendEmailCommand, SESv2ServiceException } from '@aws-sdk/client-sesv2';
import { excerpt, messageOf } from '@plumbline/core/errors';
import type { Channel } from '../channel.ts';
import { toMime } from './mime.ts';
import { MAIL_TAG } from './ses-events.ts';

/** A try of the client's own after a lost answer would double the mail; a service that is silent must not use up the others' time. */
export const SES_CLIENT = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
} as const;

// What SES says about this very message or recipient; all else (throttling, quotas, pauses, a suspended account, permissions) passes or can
// be mended. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
const REFUSALS = new Set(['MessageRejected', 'BadRequestException']);

/** SES refuses a sender that is not verified by the same name as a recipient in its sandbox, and lists who is not. */
const isUnverified = (error: SESv2ServiceException, from: string): boolean =>
  error.name === 'MessageRejected' &&
  /not verified/i.test(error.message) &&
  error.message.toLowerCase().includes(addressIn(from));

const addressIn = (from: string): string => (/<([^>]*)>\s*$/.exec(from)?.[1] ?? from).trim().toLowerCase();

/** A server that answers so may have done its work before it failed. */
const UNCERTAIN = new Set([500, 502, 504]);
/** Nothing was sent at all. */
const NEVER_LEFT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Whether nobody can tell if SES has taken the mail. */
function isLost(error: unknown): boolean {
  if (error instanceof SESv2ServiceException) return UNCERTAIN.has(error.$metadata.httpStatusCode ?? 0);
  return !(error instanceof Error && 'code' in error && NEVER_LEFT.has(String(error.code)));
}

/**
 * Mails by Amazon SES v2, sent raw, by a client that is made with `SES_CLIENT`.
 * `find` is how the service at hand can be asked for a mail by our id, where it can.
 */
export function sesChannel(options: {
  client: SESv2Client;
  from: string;
  configurationSet?: string | undefined;
  find?: ((id: string) => Promise<string | undefined>) | undefined;
}): Channel {
  const { client, from, configurationSet, find } = options;
  return {
    name: 'ses',
    ...(find && { find }),
    async send(message, signal) {
      const command = new SendEmailCommand({
        FromEmailAddress: from,
        Destination: { ToAddresses: [message.to.email] },
        Content: { Raw: { Data: await toMime(message, from) } },
        EmailTags: [{ Name: MAIL_TAG, Value: message.id }],
        ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
      });
      try {
        const { MessageId } = await client.send(command, signal ? { abortSignal: signal } : {});
        if (MessageId !== undefined) return { outcome: 'delivered', messageId: MessageId };
        return { outcome: 'retryable', reason: '[ses] the answer had no message id', isLost: true };
      } catch (error) {
        const name = error instanceof Error ? error.name : 'Error';
        const reason = excerpt(`[ses] ${name}: ${messageOf(error)}`);
        if (error instanceof SESv2ServiceException && REFUSALS.has(name) && !isUnverified(error, from))
          return { outcome: 'rejected', reason };
        return { outcome: 'retryable', reason, ...(isLost(error) && { isLost: true }) };
      }
    },
  };
}
