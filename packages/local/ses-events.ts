import { randomUUID } from 'node:crypto';
import type { Instant } from '@plumbline/core/zone';
import { toIso } from '@plumbline/core/zone';
import type { BusEvent } from './event-log.ts';

/** A mail that was taken, as far as SES's events tell of it. */
export type TakenMail = {
  messageId: string;
  at: Instant;
  from: string;
  to: readonly string[];
  configurationSet: string;
  tags: Readonly<Record<string, string>>;
};

/** An address of SES's mailbox simulator; https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html */
const SIMULATED = /^([a-z]+)(?:\+[^@]*)?@simulator\.amazonses\.com$/i;

const delivered = ({ at, to }: TakenMail) => ({
  type: 'Email Delivered',
  detail: {
    eventType: 'Delivery',
    delivery: {
      timestamp: stamp(at),
      processingTimeMillis: 0,
      recipients: to,
      smtpResponse: '250 2.6.0 Message received',
    },
  },
});

const bounced = ({ at, messageId }: TakenMail, bounce: Record<string, unknown>) => ({
  type: 'Email Bounced',
  detail: { eventType: 'Bounce', bounce: { ...bounce, timestamp: stamp(at), feedbackId: messageId } },
});

const complained = ({ at, to, messageId }: TakenMail) => ({
  type: 'Email Complaint Received',
  detail: {
    eventType: 'Complaint',
    complaint: {
      complainedRecipients: to.map((emailAddress) => ({ emailAddress })),
      timestamp: stamp(at),
      feedbackId: messageId,
      complaintSubType: null,
      complaintFeedbackType: 'abuse',
    },
  },
});

/** What becomes of a mail after it was taken: it arrives, or does what its address at the mailbox simulator is for. */
function afterwards(mail: TakenMail) {
  const emailAddress = mail.to[0] ?? '';
  const failed = (diagnosticCode: string) => [{ emailAddress, action: 'failed', status: '5.1.1', diagnosticCode }];
  switch (SIMULATED.exec(emailAddress)?.[1]?.toLowerCase()) {
    case 'bounce':
      return [
        bounced(mail, {
          bounceType: 'Permanent',
          bounceSubType: 'General',
          bouncedRecipients: failed('smtp; 550 5.1.1 user unknown'),
        }),
      ];
    case 'suppressionlist':
      return [
        bounced(mail, {
          bounceType: 'Permanent',
          bounceSubType: 'Suppressed',
          bouncedRecipients: failed('Amazon SES has suppressed sending to this address'),
        }),
      ];
    case 'ooto':
      return [
        delivered(mail),
        bounced(mail, { bounceType: 'Transient', bounceSubType: 'General', bouncedRecipients: [{ emailAddress }] }),
      ];
    case 'complaint':
      return [delivered(mail), complained(mail)];
    default:
      return [delivered(mail)];
  }
}

/** All that SES publishes of a mail on the account's default bus, in the order in which it happens. */
export function sesEventsOf(mail: TakenMail): BusEvent[] {
  const { messageId, at, from, to, configurationSet, tags } = mail;
  const named = Object.entries({ ...tags, 'ses:configuration-set': configurationSet });
  const about = {
    timestamp: stamp(at),
    source: from,
    sendingAccountId: ACCOUNT,
    messageId,
    destination: to,
    headersTruncated: false,
    tags: Object.fromEntries(named.map(([name, value]) => [name, [value]])),
  };
  return [{ type: 'Email Sent', detail: { eventType: 'Send', send: {} } }, ...afterwards(mail)].map(
    ({ type, detail }) => ({
      version: '0',
      id: randomUUID(),
      'detail-type': type,
      source: 'aws.ses',
      account: ACCOUNT,
      time: toIso(Math.floor(at / 1000) * 1000),
      region: REGION,
      resources: [`arn:aws:ses:${REGION}:${ACCOUNT}:configuration-set/${configurationSet}`],
      detail: { ...detail, mail: about },
    }),
  );
}

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';

/** With milliseconds, as SES writes it. */
const stamp = (at: Instant): string => new Date(at).toISOString();
