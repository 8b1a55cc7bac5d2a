import type { Channel, Message } from '@plumbline/alerts/channel';
import type { Chance } from './chance.ts';

/** A mail service that counts what it takes: it has outages, loses answers, refuses, and tells afterwards what became of each mail. */
export type MailService = Channel & {
  readonly accepted: readonly Message[];
  /** Ids of mails that were refused, or came to nothing after they were accepted. */
  readonly undelivered: ReadonlySet<string>;
  /** Addresses that were told to be bad for good. */
  readonly bad: ReadonlySet<string>;
  /** Whether it answers at all tonight. */
  up: boolean;
  /** From now on nothing goes wrong but for those whose address is wrong. */
  calm(): void;
};

type Tell = (event: { 'detail-type': string; detail: Record<string, unknown> }) => void;

export function mailService(chance: Chance, clock: { now(): number }, tell: Tell): MailService {
  const accepted: Message[] = [];
  const undelivered = new Set<string>();
  const bad = new Set<string>();
  let trouble = 1;
  const report = (message: Message, messageId: string, type: string, detail: Record<string, unknown>): void => {
    const timestamp = new Date(clock.now()).toISOString();
    const mail = { timestamp, messageId, tags: { 'plumbline-mail': [message.id] } };
    tell({ 'detail-type': type, detail: { ...detail, mail } });
  };
  const travel = (message: Message, messageId: string): void => {
    const timestamp = new Date(clock.now()).toISOString();
    report(message, messageId, 'Email Sent', { eventType: 'Send' });
    const isGone = message.to.email.startsWith('bounces@');
    if (isGone || chance.is(0.01 * trouble)) {
      undelivered.add(message.id);
      if (isGone) bad.add(message.to.email);
      const bouncedRecipients = [{ action: 'failed', status: '5.1.1', diagnosticCode: 'no such user' }];
      const bounce = { timestamp, bounceType: isGone ? 'Permanent' : 'Transient', bounceSubType: 'General' };
      report(message, messageId, 'Email Bounced', { eventType: 'Bounce', bounce: { ...bounce, bouncedRecipients } });
      return;
    }
    report(message, messageId, 'Email Delivered', { eventType: 'Delivery', delivery: { timestamp } });
    if (!chance.is(0.002 * trouble)) return;
    undelivered.add(message.id);
    bad.add(message.to.email);
    const complaint = { timestamp, complaintFeedbackType: 'abuse' };
    report(message, messageId, 'Email Complaint Received', { eventType: 'Complaint', complaint });
  };
  return {
    name: 'mail',
    accepted,
    undelivered,
    bad,
    up: true,
    calm() {
      trouble = 0;
      this.up = true;
    },
    async send(message) {
      // Somebody else's turn, so that what runs side by side is really mixed.
      await new Promise((resolve) => setImmediate(resolve));
      if (!this.up) return { outcome: 'retryable', reason: 'the service is down' };
      if (message.to.email.startsWith('refused@') || chance.is(0.01 * trouble)) {
        undelivered.add(message.id);
        return { outcome: 'rejected', reason: 'the address is refused' };
      }
      if (chance.is(0.03 * trouble)) return { outcome: 'retryable', reason: 'too many at once' };
      const messageId = `ses-${accepted.push(message)}-${message.id}`;
      travel(message, messageId);
      if (chance.is(0.03 * trouble)) {
        return { outcome: 'retryable', reason: 'the connection broke off', isLost: true };
      }
      return { outcome: 'delivered', messageId };
    },
  };
}
