import type { Day } from '@plumbline/core/day';
import type { UnreachableRow } from './alerts-page.ts';
import type {
  Decision,
  Forecast,
  HypothesisStatus,
  Overlay,
  Priority,
  Status,
  TransitionKind,
} from '@plumbline/core/status';
import type { Unit } from '@plumbline/core/unit';

/** What the page shows. Values are in the metric's inside form; all texts are plain, and escaped where they enter the page. */

export type DayValue = { day: Day; value: number };

/** A number's way over the plan's span, beside the plan's. */
export type Picture = {
  from: Day;
  to: Day;
  series: readonly DayValue[];
  /** Where the plan wants it; empty where that can't be said yet. */
  plan: readonly DayValue[];
  /** Of a hypothesis, whose `plan` is its go: where its pivot lies. */
  pivot?: readonly DayValue[];
  /** The days that are judged: one for a deadline. */
  judged: { from: Day; to: Day };
};

export type IndicatorCard = {
  id: string;
  says: string;
  metric: string;
  /** Where its number is explained. */
  explained: string;
  when: string;
  deadline: Day;
  status: Status;
  overlays: readonly Overlay[];
  unit: Unit;
  value: number | null;
  day: Day | null;
  target: string;
  gap: number | null;
  n: number | null;
  interval: { low: number; high: number } | null;
  requiredPace: number | null;
  actualPace: number | null;
  forecast: Forecast | null;
  /** The day that the forecast speaks of. */
  forecastDay: Day;
  /** What is missing, where it is stale. */
  missing: string | null;
  failingDays: number | null;
  /** Of an uptime to be maintained: `54 of 216 min left`. */
  errorBudget: string | null;
  answer: { kind: 'acknowledged' | 'snoozed'; reason: string; until: Day | null } | null;
  dri: string;
  priority: Priority;
  risk: string | null;
  mitigation: string | null;
  picture: Picture;
};

export type HypothesisCard = {
  id: string;
  says: string;
  metric: string;
  /** Where its number is explained. */
  explained: string;
  status: HypothesisStatus;
  unit: Unit;
  value: number | null;
  day: Day | null;
  go: string;
  pivot: string;
  /** What the plan expects: `from 40% to 50%`. */
  expected: string;
  start: Day;
  end: Day;
  /** Days from the last night to its first day before it begins, and to its last while it runs. */
  daysLeft: number | null;
  n: number | null;
  interval: { low: number; high: number } | null;
  forecast: Forecast | null;
  /** What is missing, where it is stale. */
  missing: string | null;
  dri: string;
  picture: Picture;
};

export type Change = {
  kind: TransitionKind;
  /** What a hypothesis was decided to be, where that is the change. */
  decision: Decision | null;
  /** The indicator's or hypothesis's id, or null for a source's health. */
  indicator: string | null;
  says: string;
  metric: string;
  when: string;
  unit: Unit;
  value: number | null;
  target: string;
  detail: string | null;
  dri: string;
};

export type MailRow = { at: string; time: string; to: string; subject: string; state: 'claimed' | 'sent' | 'failed' };

export type SourceHealth = { name: string; state: 'ok' | 'failed' | 'awaited'; detail: string | null };

export type LastNight = { day: Day; closed: string | null; sources: readonly SourceHealth[] };

/** A review's digest that is there, or else its first one to come. */
export type ReviewLink = { href: string; name: string; day: Day };

export type WorkspaceSection = {
  id: string;
  name: string;
  demo: boolean;
  plan: { title: string; from: Day; to: Day } | null;
  night: LastNight | null;
  /** What there is to say where a night should be complete by now and is not, in sentences without their full stops. */
  late: readonly string[];
  indicators: readonly IndicatorCard[];
  hypotheses: readonly HypothesisCard[];
  changes: readonly Change[];
  /** Whose mails don't arrive. */
  unreachable: readonly UnreachableRow[];
  /** Newest first. */
  mails: readonly MailRow[];
  reviews: readonly ReviewLink[];
};

export type Page = { workspaces: readonly WorkspaceSection[] };
