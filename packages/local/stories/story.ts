import type { Day } from '@plumbline/core/day';
import type { Instant, Zone } from '@plumbline/core/zone';

/** One thing that happens to a subscription, in order of time. */
export type SubscriptionChange = { at: Instant } & (
  | { type: 'start'; price: string; quantity: number; trialDays?: number }
  | { type: 'price'; price: string }
  | { type: 'quantity'; quantity: number }
  | { type: 'past_due' }
  | { type: 'paid' }
  | { type: 'cancel_at_period_end' }
  | { type: 'cancel' }
);

export type SubscriptionLife = { id: string; customer: string; changes: SubscriptionChange[] };

/** A plan in the vendor's product catalogue; `unitAmount` in minor units of `currency` (upper case). */
export type StoryPrice = {
  id: string;
  product: string;
  currency: string;
  unitAmount: number;
  interval: 'month' | 'year';
};

/** One visit to the website. `visitor` is an opaque id; `keyEvents` are names like `sign_up`. */
export type Session = {
  visitor: string;
  at: Instant;
  channel: string;
  pageViews: number;
  seconds: number;
  engaged: boolean;
  keyEvents: string[];
};

/** One thing that a person did in the product. Without `insertId` it is an event whose sender did not set one. */
export type ProductEvent = {
  event: string;
  person: string;
  at: Instant;
  insertId?: string;
  properties: Record<string, string | number | boolean>;
};

/** A monitor down, or under maintenance, from `from` until before `to`. */
export type Outage = { monitor: string; from: Instant; to: Instant; kind: 'down' | 'maintenance' };

/** A commit on the default branch; its author is nobody GitHub knows where there is no account. */
export type StoryCommit = { author: string; at: Instant; kind: 'plain' | 'merge' | 'bot' | 'no-account' };

/** What happens to an issue or a pull request, in order of time; the first one is `opened`. */
export type IssueChange = { at: Instant } & (
  | { type: 'opened' | 'closed' | 'reopened' }
  | { type: 'labeled' | 'unlabeled'; label: string }
);

export type StoryIssue = { number: number; isPull: boolean; changes: IssueChange[] };

/** An attempt to deploy, with when it succeeded, if it did. */
export type Deployment = { at: Instant; environment: string; succeededAt?: Instant };

/** The work on the product's code. */
export type Code = {
  repository: string;
  stars: Instant[];
  commits: StoryCommit[];
  issues: StoryIssue[];
  deployments: Deployment[];
};

/** What somebody writes down that day, in the metric's major unit. */
export type Entry = { metric: string; day: Day; value: number; n?: number; note?: string };

/**
 * What happened to one made-up company over its plan's days: causes only, never a metric's value. The same each time it is told.
 * Lists are in order of time. Events and sessions begin 30 days before the plan does, where the company already existed.
 */
export type Story = {
  name: string;
  timezone: Zone;
  start: Day;
  end: Day;
  products: { id: string; name: string }[];
  prices: StoryPrice[];
  subscriptions: SubscriptionLife[];
  /** The web analytics property's own zone. */
  sessionsZone: Zone;
  sessions: Session[];
  events: ProductEvent[];
  monitors: { id: string; name: string }[];
  outages: Outage[];
  /** Where the story tells of any. */
  code?: Code;
  entries: Entry[];
};
