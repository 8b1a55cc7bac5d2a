import type { Day } from './day.ts';
import type { Unit } from './unit.ts';
import type { Instant } from './zone.ts';

export type Status = 'not_due' | 'on_track' | 'at_risk' | 'met' | 'missed' | 'recovered';
export type Overlay = 'stale' | 'acknowledged' | 'snoozed';
/** The most important first. */
export const PRIORITIES = ['must', 'should', 'nice'] as const;
export type Priority = (typeof PRIORITIES)[number];
export type Outcome = 'met' | 'missed';
export const DECISIONS = ['go', 'pivot', 'inconclusive'] as const;
/** What a hypothesis turned out to be, once its days are over; inconclusive is between go and pivot. */
export type Decision = (typeof DECISIONS)[number];
export type HypothesisStatus = 'not_due' | 'running' | Decision;

/** The value expected at the deadline, with a band; both in the metric's inside form. */
export type Forecast = { value: number; low: number; high: number };

/** Minutes that a promised uptime leaves for being down in its span, and those used so far; more may be used than there are. */
export type ErrorBudget = { allowedMinutes: number; usedMinutes: number };

/** How an indicator stood when a night closed. Values are in the metric's inside form. */
export type IndicatorState = {
  indicator: string;
  /** Digest of what was promised (see a step's `definition`); absent in what was judged before digests were kept. */
  definition?: string;
  status: Status;
  /** The night that brought this status. */
  since: Day;
  /** The value that the status is about, and its day. Absent while there is none. */
  value?: number;
  day?: Day;
  n?: number;
  interval?: { low: number; high: number };
  /** value − deciding bound. */
  gap?: number;
  /** Change per day still needed to reach the target in time, and the one seen lately. */
  requiredPace?: number;
  actualPace?: number;
  forecast?: Forecast;
  /** The last verdict that was announced. */
  verdict?: { outcome: Outcome; day: Day; value: number };
  /** How often a later revision has flipped a verdict; absent for never. */
  corrections?: number;
  /** `maintain`: failing days so far, and the last one. */
  failing?: { days: number; last: Day };
  /** `maintain` of an uptime, from its first day on. */
  errorBudget?: ErrorBudget;
  /** Nights in a row, up to and with the last, that spoke against the present risk status. */
  contrary: Day[];
  /** Since which night a value is missing, and which; `untold` while nobody needs to hear of it: it has never had one, or they just have. */
  stale?: { since: Day; missing: string; untold?: true };
  /** The night in which somebody was last told that a value is missing. */
  staleTold?: Day;
  /** When the DRI was last told (by the night) of a miss that is still open. */
  remindedOn?: Day;
  /** The miss was past when it was first judged, or a backfill found it: nobody was told of it, so nobody is reminded of it. */
  pastMiss?: true;
};

/** How a hypothesis stood when a night closed. Values are in the metric's inside form. */
export type HypothesisState = {
  hypothesis: string;
  /** Digest of what is decided, and when: where it differs, an earlier state is about something else. */
  definition: string;
  status: HypothesisStatus;
  /** The night that brought this status. */
  since: Day;
  /** The newest value, from the decision on the one that it was built on, and its day. Absent while there is none. */
  value?: number;
  day?: Day;
  n?: number;
  interval?: { low: number; high: number };
  /** What is to be expected at the end of its last day, while it runs. */
  forecast?: Forecast;
  decision?: { outcome: Decision; day: Day; value: number };
  /** How often a later revision has changed the decision; absent for never. */
  corrections?: number;
  /** As for an indicator. */
  stale?: NonNullable<IndicatorState['stale']>;
  staleTold?: Day;
};

/** What a transition says happened; all but `on_track` and `source_recovered` are events on the bus. */
export type TransitionKind =
  | 'on_track'
  | 'at_risk'
  | 'missed'
  | 'met'
  | 'recovered'
  | 'corrected'
  | 'decided'
  | 'stale'
  | 'reminder'
  | 'source_failed'
  | 'source_recovered';

export type MailState = {
  /** none: nobody needs to hear it, or a worse one hides it; pending: waits for the night's mail; claimed: a send is under way. */
  state: 'none' | 'pending' | 'claimed' | 'sent' | 'failed';
  messageId?: string;
  to?: string;
};

/** One change of an indicator's status (or of a source's health). Values are in the metric's inside form. */
export type Transition = {
  /** `trn_` + the night as 20260213 + a digest: the same change always has the same id, and ids sort by night. */
  id: string;
  workspace: string;
  kind: TransitionKind;
  /** The indicator's or hypothesis's id; for a source's health `source:stripe`. */
  indicator: string;
  metric: string;
  says: string;
  from: Status | HypothesisStatus | 'stale' | 'ok' | 'failed';
  to: Status | HypothesisStatus | 'stale' | 'ok' | 'failed';
  /** The day that it is about: the deadline, the failing day, or the night's day. */
  day: Day;
  /** The night that found it. */
  night: Day;
  at: Instant;
  value: number | null;
  unit: Unit;
  target: string;
  gap: number | null;
  n: number | null;
  /** What is missing (stale), the error (source_failed), how many further days failed. */
  detail: string | null;
  forecast: Forecast | null;
  requiredPace: number | null;
  dri: string;
  priority: Priority;
  risk: string | null;
  mitigation: string | null;
  planVersion: string;
  /** How many corrections of its indicator there were up to this one: tells apart, and puts in order, what one night found twice. */
  corrections: number;
  /** It is about the numbers of a demo. */
  demo: boolean;
  /** From a backfill, or about a time before the first night: stored, never published or mailed. */
  silent: boolean;
  /** The id of the worse transition that hides this one from mail. */
  suppressedBy: string | null;
  mail: MailState;
  /** Of a hypothesis: what the plan expects and its bounds, in its words, and its days. `target` has the bounds in one line, `gap` is null. */
  hypothesis?: { from: string | null; to: string; go: string; pivot: string; start: Day; end: Day };
};

/** What somebody did about an indicator's alert. */
export type Acknowledgement = {
  workspace: string;
  indicator: string;
  transition: string;
  kind: 'acknowledged' | 'snoozed';
  reason: string;
  /** Who said so: the DRI whose mail's link it was, or the user of the command line. Absent in what was said before this was kept. */
  by?: string;
  at: Instant;
  /** Snoozed until the end of this day. */
  until?: Day;
};

/** Somebody who wants no digests. It speaks of this address only: whoever has another one gets them. */
export type Unsubscribed = {
  workspace: string;
  dri: string;
  email: string;
  at: Instant;
  /** When they asked for them again: nights closed from then on bring them. */
  until?: Instant;
};
