import type { Day } from '@plumbline/core/day';
import type { Forecast, Overlay, Priority, Status, TransitionKind } from '@plumbline/core/status';
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
  /** The days that are judged: one for a deadline. */
  judged: { from: Day; to: Day };
};

export type IndicatorCard = {
  id: string;
  says: string;
  metric: string;
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
  /** What is missing, where it is stale. */
  missing: string | null;
  failingDays: number | null;
  answer: { kind: 'acknowledged' | 'snoozed'; reason: string; until: Day | null } | null;
  dri: string;
  priority: Priority;
  risk: string | null;
  mitigation: string | null;
  picture: Picture;
};

export type Change = {
  kind: TransitionKind;
  /** The indicator's id, or null for a source's health. */
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

export type WorkspaceSection = {
  id: string;
  name: string;
  demo: boolean;
  plan: { title: string; from: Day; to: Day } | null;
  night: LastNight | null;
  indicators: readonly IndicatorCard[];
  changes: readonly Change[];
  /** Newest first. */
  mails: readonly MailRow[];
};

export type Page = { workspaces: readonly WorkspaceSection[] };
