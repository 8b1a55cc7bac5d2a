import type { Day } from './day.ts';
import type { Instant } from './zone.ts';

/** How one source did in one night. `recorded` sources are pushed to, so a night only counts what is there. */
export type SourceResult = {
  source: string;
  state: 'ok' | 'failed';
  /** Snapshots written (new, revised or settled) and found equal. */
  written: number;
  unchanged: number;
  /** The earliest day that was written. */
  changedFrom?: Day;
  error?: string;
  /** A later pull of a night that had come in well failed; what the good one brought stands. */
  lastError?: { error: string; at: Instant };
  at: Instant;
};

/** Hours after its day's end at which a night begins, and those that it then waits for its sources at most. */
export const NIGHT_HOURS = { begins: 3, waits: 3 } as const;

/** One run for one day of one workspace. */
export type Night = {
  workspace: string;
  day: Day;
  /** `night_<workspace>_<day>`: the correlation id of all its events. */
  id: string;
  /** The sources that it waits for. */
  expects: string[];
  sources: SourceResult[];
  openedAt: Instant;
  closedAt?: Instant;
  silent: boolean;
  demo: boolean;
};

/** An event waiting to be put on the bus. `id` is also `metadata.id`: receivers drop what they have seen. */
export type OutboxEntry = {
  id: string;
  workspace: string;
  detailType: DetailType;
  time: Instant;
  detail: EventDetail;
};

export const DETAIL_TYPES = [
  'Indicator At Risk',
  'Indicator Missed',
  'Indicator Met',
  'Indicator Recovered',
  'Indicator Corrected',
  'Hypothesis Decided',
  'Metric Stale',
  'Source Failed',
  'Snapshots Recorded',
  'Night Completed',
  'Review Due',
] as const;
export type DetailType = (typeof DETAIL_TYPES)[number];

export type EventDetail = {
  metadata: {
    id: string;
    version: '1';
    workspace: string;
    time: string;
    correlationId: string;
    planVersion: string | null;
  };
  data: Record<string, unknown>;
};

/** One mail of one night to one person, about all that they should hear. */
export type MailRecord = {
  /** `mail_<workspace>_<night>_<dri>`: one per DRI and night, whatever happens. */
  id: string;
  workspace: string;
  night: Day;
  dri: string;
  to: string;
  /** The DRI whose own mail did not get through, where this one goes to the fallback DRI in its place. */
  insteadOf?: string;
  subject: string;
  transitions: string[];
  /** The reviews whose digest it brings; absent for an ordinary mail. */
  reviews?: string[];
  state: 'claimed' | 'sent' | 'failed';
  messageId?: string;
  /** Why it was refused; of a `claimed` one, why it still waits. */
  error?: string;
  /** When the right to send it was last taken. */
  at: Instant;
  /** What the mail service said of it afterwards, at its furthest; joined when it is read. */
  delivery?: Pick<DeliveryReport, 'state' | 'messageId' | 'at' | 'reason'>;
};

/** What a mail service tells of a mail that it has taken, from the nearest to the furthest: a later word never takes an earlier place. */
export const DELIVERY_STATES = [
  'accepted',
  'delayed',
  'delivered',
  'rejected',
  'bounced',
  'suppressed',
  'complained',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export type DeliveryReport = {
  /** Our id of the mail. */
  mail: string;
  workspace: string;
  night: Day;
  state: DeliveryState;
  /** The mail service's id of it. */
  messageId: string;
  at: Instant;
  /** In the mail service's words, where it says why. */
  reason: string | null;
  /** The address itself is bad: the next mail would fare no better. */
  permanent: boolean;
};

/** A DRI whom mails don't reach. It speaks of this address only: with another one in the workspace file they are reachable again. */
export type Unreachable = {
  workspace: string;
  dri: string;
  email: string;
  /** `refused` by the mail service when it was sent: such an address is tried again each night. The others are not. */
  why: 'refused' | 'bounced' | 'suppressed' | 'complained';
  reason: string;
  /** The mail that told so. */
  mail: string;
  at: Instant;
};

/** A key of the read API, known only by its digest. */
export type ApiKey = {
  sha256: string;
  name: string;
  workspaces: string[] | '*';
  scopes: ('read' | 'act' | 'record')[];
  createdAt: Instant;
};
