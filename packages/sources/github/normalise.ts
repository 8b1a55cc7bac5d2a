import { hash } from 'node:crypto';
import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import type { Observation } from '@plumbline/core/snapshot';
import type { Instant, Zone } from '@plumbline/core/zone';
import { endOfDay, startOfDay } from '@plumbline/core/zone';
import { DEPLOYMENT_DAYS, RESOLUTION_DAYS } from './index.ts';
import type { Commit, Issue, IssueEvent } from './schema.ts';

/** GitHub lists no more stars than these, oldest first, and refuses the page behind them. */
export const MOST_STARS_LISTED = 40_000;
const MS_PER_DAY = 86_400_000;

/** What was read of one repository. */
export type Repository = {
  /** The count on its page, and when the stars were given that are there since the first day asked for. */
  stars: { count: number; newest: readonly Instant[] };
  commits: readonly Commit[];
  /** Issues that are open with a label that counts, and all that has happened since the first day's windows begin. */
  issues: readonly Issue[];
  events: readonly IssueEvent[];
  /** When it was deployed; undefined where nothing ever was, as far back as was read. */
  deployed: { first: Instant; at: readonly Instant[] } | undefined;
};

type Labels = ReadonlySet<string>;
type State = { isOpen: boolean; labels: Set<string>; createdAt: Instant; isPull: boolean };

/** The numbers of a day that is over, of all repositories together. `labels` are in lower case; undefined where no issue counts. */
export function observationsOf(
  repositories: readonly Repository[],
  {
    day,
    zone,
    now,
    labels,
    requests,
  }: { day: Day; zone: Zone; now: Instant; labels: Labels | undefined; requests: number },
): Observation[] {
  const end = endOfDay(day, zone);
  const isLate = now >= endOfDay(addDays(day, 1), zone);
  const make = (
    metric: string,
    policy: string,
    rows: number,
    found: Pick<Observation, 'value' | 'n' | 'numerator' | 'denominator'>,
    { quality = [], ...more }: { quality?: string[]; counted?: number; givenSince?: number } = {},
  ): Observation => ({
    metric,
    day,
    ...found,
    quality: [...quality, ...(isLate ? [`reconstructed:${policy}`] : [])],
    evidence: {
      requests,
      rows,
      sha256: hash('sha256', JSON.stringify([metric, day, found, rows]), 'hex'),
      policy: `github ${policy}`,
      repositories: repositories.length,
      ...more,
    },
    settlesAt: end,
    ...(isLate && { reconstructed: true }),
  });
  const sum = (of: (repository: Repository) => number) => repositories.reduce((total, one) => total + of(one), 0);
  const found: Observation[] = [];

  const isUncut = repositories.every(({ stars }) => stars.count < MOST_STARS_LISTED);
  if (isUncut || !isLate) {
    const value = sum(({ stars }) => starsAt(stars, end));
    const counted = sum(({ stars }) => stars.count);
    const more = { counted, givenSince: counted - value, quality: isUncut ? [] : ['counted-when-pulled'] };
    found.push(
      make(
        'github_stars',
        'remaining stars',
        sum(({ stars }) => stars.newest.length),
        { value },
        more,
      ),
    );
  }

  const commits = repositories.flatMap((one) => one.commits);
  found.push(make('code_contributors', 'commits', commits.length, { value: contributorsAt(commits, end) }));

  const events = sum((one) => one.events.length);
  if (labels) {
    const value = sum(({ issues, events: own }) => criticalAt(issues, own, labels, end));
    found.push(make('critical_issues', 'issue events', events, { value }));
  }

  const from = startOfDay(addDays(day, 1 - RESOLUTION_DAYS), zone);
  const ages = repositories.flatMap((one) => agesWhenClosed(one.events, from, end));
  if (ages.length > 0) {
    const value = median(ages) / MS_PER_DAY;
    found.push(make('issue_resolution_time', 'issue events', events, { value, n: ages.length }));
  }

  const deployed = repositories.flatMap((one) => (one.deployed && one.deployed.first < end ? [one.deployed.at] : []));
  if (deployed.length > 0) {
    const since = startOfDay(addDays(day, 1 - DEPLOYMENT_DAYS), zone);
    const numerator = deployed.flat().filter((at) => at >= since && at < end).length;
    const numbers = { value: numerator / DEPLOYMENT_DAYS, numerator, denominator: DEPLOYMENT_DAYS };
    found.push(make('deployment_frequency', 'deployments', deployed.flat().length, numbers));
  }
  return found;
}

/** What the page counts now, without the stars given since: those taken back since are lost. */
export const starsAt = ({ count, newest }: Repository['stars'], end: Instant): number =>
  count - newest.filter((at) => at >= end).length;

/** Different authors of the commits that were made by then. */
export const contributorsAt = (commits: readonly Commit[], end: Instant): number =>
  new Set(commits.flatMap(({ at, by }) => (at < end && by !== null ? [by] : []))).size;

/** Newest first; ids rise with time, also within a second. */
const newestFirst = (events: readonly IssueEvent[]): IssueEvent[] =>
  [...new Map(events.map((event) => [event.id, event])).values()].toSorted((a, b) => b.at - a.at || b.id - a.id);

const stateOf = ({ isOpen, labels, createdAt, isPull }: Issue): State => ({
  isOpen,
  labels: new Set(labels),
  createdAt,
  isPull,
});

/**
 * How many issues were open with one of the labels at that moment: what has happened since is undone. `issues` are the ones that are so
 * now; the events, read after them, know how every other issue that has changed is now.
 */
export function criticalAt(
  issues: readonly Issue[],
  events: readonly IssueEvent[],
  labels: Labels,
  end: Instant,
): number {
  const states = new Map(issues.map((issue) => [issue.number, stateOf(issue)]));
  const since = newestFirst(events).filter(({ at }) => at >= end);
  const changed = new Map<number, State>();
  for (const { change } of since) {
    if (!change) continue;
    const { number } = change.issue;
    const state = changed.get(number) ?? stateOf(change.issue);
    changed.set(number, state);
    if (change.kind === 'closed') state.isOpen = true;
    else if (change.kind === 'reopened') state.isOpen = false;
    else if (change.label !== null && change.kind === 'labeled') state.labels.delete(change.label);
    else if (change.label !== null) state.labels.add(change.label);
  }
  for (const [number, state] of changed) states.set(number, state);
  const counts = ({ isOpen, labels: own, createdAt, isPull }: State): boolean =>
    isOpen && !isPull && createdAt < end && [...own].some((label) => labels.has(label));
  return [...states.values()].filter(counts).length;
}

/** How old the issues were that were closed in a span and were still closed at its end. */
export function agesWhenClosed(events: readonly IssueEvent[], from: Instant, end: Instant): number[] {
  const last = new Map<number, IssueEvent>();
  for (const event of newestFirst(events)) {
    const { at, change } = event;
    if (at >= end || !change || change.issue.isPull || (change.kind !== 'closed' && change.kind !== 'reopened'))
      continue;
    if (!last.has(change.issue.number)) last.set(change.issue.number, event);
  }
  return [...last.values()].flatMap(({ at, change }) =>
    change?.kind === 'closed' && at >= from ? [at - change.issue.createdAt] : [],
  );
}

/** Of an even number, the mean of the two in the middle. Not for an empty list. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low = NaN, high = low] = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return (low + high) / 2;
}
