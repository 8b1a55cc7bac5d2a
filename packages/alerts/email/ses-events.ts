import type { Day } from '@plumbline/core/day';
import { isDay } from '@plumbline/core/day';
import { DataError, excerpt } from '@plumbline/core/errors';
import type { DeliveryReport, DeliveryState } from '@plumbline/core/night';
import { z } from 'zod';

/** The SES message tag that carries our id of the mail into SES's own events. */
export const MAIL_TAG = 'plumbline-mail';

/** What SES calls its events on the account's default bus; https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-ses.html */
export const SES_DETAIL_TYPES = [
  'Email Sent',
  'Email Delivery Delayed',
  'Email Delivered',
  'Email Rejected',
  'Email Rendering Failed',
  'Email Bounced',
  'Email Complaint Received',
] as const;

const timestamp = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const recipients = z
  .array(
    z.object({ action: z.string().optional(), status: z.string().optional(), diagnosticCode: z.string().optional() }),
  )
  .default([]);

/** What every event tells of its mail. Tags have one value each, in a list. */
const mail = z.object({
  timestamp,
  messageId: z.string().max(256),
  tags: z.record(z.string(), z.array(z.string())).default({}),
});

/** An event of SES, as far as it matters here; https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html */
export const sesEvent = z.object({
  source: z.literal('aws.ses'),
  'detail-type': z.enum(SES_DETAIL_TYPES),
  detail: z.discriminatedUnion('eventType', [
    z.object({ eventType: z.literal('Send'), mail }),
    z.object({ eventType: z.literal('Delivery'), mail, delivery: z.object({ timestamp }) }),
    z.object({
      eventType: z.literal('DeliveryDelay'),
      mail,
      deliveryDelay: z.object({ timestamp, delayType: z.string(), delayedRecipients: recipients }),
    }),
    z.object({ eventType: z.literal('Reject'), mail, reject: z.object({ reason: z.string() }) }),
    z.object({ eventType: z.literal('Rendering Failure'), mail, failure: z.object({ errorMessage: z.string() }) }),
    z.object({
      eventType: z.literal('Bounce'),
      mail,
      bounce: z.object({
        timestamp,
        bounceType: z.string(),
        bounceSubType: z.string(),
        bouncedRecipients: recipients,
      }),
    }),
    z.object({
      eventType: z.literal('Complaint'),
      mail,
      complaint: z.object({
        timestamp,
        complaintFeedbackType: z.string().nullish(),
        complaintSubType: z.string().nullish(),
      }),
    }),
  ]),
});
export type SesEvent = z.output<typeof sesEvent>;

/** Of these SES accepts a mail and never sends it. */
const SUPPRESSED = new Set(['Suppressed', 'OnAccountSuppressionList']);

type Told = Pick<DeliveryReport, 'state' | 'at' | 'reason' | 'permanent'>;

const told = (state: DeliveryState, at: number, reason: string | null = null, permanent = false): Told => ({
  state,
  at,
  reason,
  permanent,
});

/** What an event says; undefined where it is no news of the mail's way. */
function toldBy(detail: SesEvent['detail']): Told | undefined {
  switch (detail.eventType) {
    case 'Send':
      return told('accepted', detail.mail.timestamp);
    case 'Delivery':
      return told('delivered', detail.delivery.timestamp);
    case 'DeliveryDelay': {
      const { timestamp: at, delayType, delayedRecipients } = detail.deliveryDelay;
      return told('delayed', at, reasonIn(delayedRecipients) ?? delayType);
    }
    case 'Reject':
      return told('rejected', detail.mail.timestamp, detail.reject.reason);
    case 'Rendering Failure':
      return told('rejected', detail.mail.timestamp, detail.failure.errorMessage);
    case 'Bounce': {
      const { timestamp: at, bounceType, bounceSubType, bouncedRecipients } = detail.bounce;
      if (SUPPRESSED.has(bounceSubType)) return told('suppressed', at, bounceSubType, true);
      const isPermanent = bounceType === 'Permanent';
      // Out-of-office answers come as bounces too, of a mail that did arrive: without the failed delivery that a server reports.
      // https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
      if (!isPermanent && !bouncedRecipients.some(({ action }) => action?.toLowerCase() === 'failed')) return undefined;
      return told('bounced', at, reasonIn(bouncedRecipients) ?? `${bounceType}/${bounceSubType}`, isPermanent);
    }
    case 'Complaint': {
      const { timestamp: at, complaintFeedbackType, complaintSubType } = detail.complaint;
      if (complaintSubType && SUPPRESSED.has(complaintSubType)) return told('suppressed', at, complaintSubType, true);
      // A provider's word that a mail is no spam after all: https://www.iana.org/assignments/marf-parameters
      if (complaintFeedbackType === 'not-spam') return undefined;
      return told('complained', at, complaintFeedbackType ?? null, true);
    }
  }
}

const reasonIn = (failed: z.output<typeof recipients>): string | undefined =>
  failed.map(({ diagnosticCode, status }) => diagnosticCode ?? status).find((text) => text !== undefined);

const MAIL_ID = /^mail_(demo_)?([a-z0-9-]+)_(\d{4}-\d{2}-\d{2})_[a-z0-9-]+(?:_fallback)*$/;

/** Where a mail belongs, by its id. Throws DataError for what is no id of ours. */
export function mailNamed(id: string): { workspace: string; night: Day; demo: boolean } {
  const [, demo, workspace = '', night = ''] = MAIL_ID.exec(id) ?? [];
  if (!isDay(night)) throw new DataError('ses', `the tag "${excerpt(id)}" is no id of a mail`);
  return { workspace, night, demo: demo !== undefined };
}

/**
 * What the event says of one of our mails. Undefined where it says nothing of its way, or is about a mail of somebody else, who sent it
 * without our tag. Throws DataError for a tag that is no id of ours.
 */
export function reportOf({ detail }: SesEvent): { report: DeliveryReport; demo: boolean } | undefined {
  const id = detail.mail.tags[MAIL_TAG]?.[0];
  const news = toldBy(detail);
  if (id === undefined || !news) return undefined;
  const { workspace, night, demo } = mailNamed(id);
  return { report: { mail: id, workspace, night, messageId: detail.mail.messageId, ...news }, demo };
}
