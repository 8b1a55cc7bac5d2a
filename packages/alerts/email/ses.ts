import type { SESv2Client } from '@aws-sdk/client-sesv2';
import { SendEmailCommand, SESv2ServiceException } from '@aws-sdk/client-sesv2';
import { excerpt, messageOf } from '@plumbline/core/errors';
import type { Channel } from '../channel.ts';
import { toMime } from './mime.ts';

/** The SES message tag that carries our id of the mail into SES's own events. */
const MAIL_TAG = 'plumbline-mail';

// What SES says about this very message or recipient, or for good about the account; all else (throttling, quotas, pauses, an unverified
// domain, permissions) passes or can be mended. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
const REFUSALS = new Set(['MessageRejected', 'BadRequestException', 'AccountSuspendedException']);

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
        if (MessageId === undefined) return { outcome: 'retryable', reason: '[ses] the answer had no message id' };
        return { outcome: 'delivered', messageId: MessageId };
      } catch (error) {
        const name = error instanceof Error ? error.name : 'Error';
        const isRefused = error instanceof SESv2ServiceException && REFUSALS.has(name);
        return { outcome: isRefused ? 'rejected' : 'retryable', reason: excerpt(`[ses] ${name}: ${messageOf(error)}`) };
      }
    },
  };
}
