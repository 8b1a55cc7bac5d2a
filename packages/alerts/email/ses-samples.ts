import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Event data as AWS prints it at https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html, by the names that
 * they have on an event bus: https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html
 */
const FILES = {
  'Email Sent': 'send',
  'Email Delivered': 'delivery',
  'Email Delivery Delayed': 'delivery-delay',
  'Email Rejected': 'reject',
  'Email Rendering Failed': 'rendering-failure',
  'Email Bounced': 'bounce',
  'Email Complaint Received': 'complaint',
} as const;
export type SampleName = keyof typeof FILES;

type Sample = { eventType: string; mail: { tags: object } } & Record<string, object>;

/** A sample as it comes over the account's default bus, about one of our mails; `changes` replace parts of what happened. */
export function sampleEvent(type: SampleName, id: string | undefined, changes: Record<string, unknown> = {}) {
  const file = path.join(import.meta.dirname, 'fixtures', `ses-${FILES[type]}.json`);
  const { eventType, mail, ...happened } = JSON.parse(readFileSync(file, 'utf8')) as Sample;
  const [name = '', what] = Object.entries(happened)[0] ?? [];
  const tags = { ...mail.tags, ...(id !== undefined && { 'plumbline-mail': [id] }) };
  return {
    version: '0',
    id: '12a18625-3a1d-4b7b-9c1f-example',
    'detail-type': type,
    source: 'aws.ses',
    account: '123456789012',
    time: '2017-08-05T00:41:02Z',
    region: 'us-east-1',
    resources: ['arn:aws:ses:us-east-1:123456789012:configuration-set/ConfigSet'],
    detail: { eventType, mail: { ...mail, tags }, [name]: { ...what, ...changes } },
  };
}
