import type { SESv2Client } from '@aws-sdk/client-sesv2';
import { SendEmailCommand, SESv2ServiceException } from '@aws-sdk/client-sesv2';
import { excerpt, messageOf } from '@plumbline/core/errors';
import type { Channel } from '../channel.ts';
import { toMime } from './mime.ts';
import { MAIL_TAG } from './ses-events.ts';

// What SES says about this very message or recipient, or for good about the account; all else (throttling, quotas, pauses, an unverified
// domain, permissions) passes or can be mended. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
const REFUSALS = new Set(['MessageRejected', 'BadRequestException', 'AccountSuspendedException']);

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
 * Mails by Amazon SES v2, sent raw. Give the client `maxAttempts: 1`: a try of its own after a lost answer would double the mail.
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
        if (error instanceof SESv2ServiceException && REFUSALS.has(name)) return { outcome: 'rejected', reason };
        return { outcome: 'retryable', reason, ...(isLost(error) && { isLost: true }) };
      }
    },
  };
}
