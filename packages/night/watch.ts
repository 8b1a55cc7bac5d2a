import { addDays } from '@plumbline/core/day';
import type { Completeness, LateNight } from '@plumbline/core/late';
import { lateInWords } from '@plumbline/core/late';
import type { Instant } from '@plumbline/core/zone';
import { clockAt } from '@plumbline/core/zone';
import { unreachableIn } from './reach.ts';
import { dueDays, lastDueDay, nightBegins, nightCloses } from './schedule.ts';
import type { Site } from './site.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What closes a night at its hour wakes every quarter of an hour, and may have to try again. */
const GRACE = HOUR;

/** Nights that were opened longer ago are nobody's work any more. */
const DAYS_BACK = 7;

/**
 * What a workspace's nights look like to somebody who asks nothing but the store: which should be complete by now and are not, be they
 * open, never opened, or the first that there would ever be. A backfill's night has no hour, and a demo's clock stands between its nights.
 */
export async function lateNights({ workspace, store, clock, demo }: Site): Promise<Completeness> {
  const { id, timezone } = workspace;
  const now = clock.now();
  const newest = await store.nights.last(id);
  const recent = newest ? await store.nights.list(id, addDays(newest.day, -DAYS_BACK), newest.day) : [];
  const complete = recent.findLast(({ closedAt }) => closedAt !== undefined)?.day ?? null;
  if (demo) return { complete, late: [] };
  const open = recent
    .filter(({ closedAt, silent }) => closedAt === undefined && !silent)
    .map(({ day, openedAt, expects, sources }): LateNight => ({
      day,
      since: nightCloses(day, timezone, openedAt) + GRACE,
      openedAt,
      awaits: expects.filter((source) => !sources.some((result) => result.source === source)),
    }));
  // Before there is any night, the one before the last is late until the last one is.
  const after = newest?.day ?? addDays(lastDueDay(now, timezone), -2);
  const unopened = dueDays(now, timezone, after).map((day): LateNight => ({
    day,
    since: nightCloses(day, timezone, nightBegins(day, timezone)) + GRACE,
    awaits: [],
  }));
  const late = [...open, ...unopened].filter(({ since }) => since <= now);
  return { complete, late: newest ? late : late.slice(-1) };
}

/** Something that a person should look at, in words, and since when it is so. */
export type Finding = { since: Instant; says: string };

/** What is wrong with a workspace's nights, and that nobody hears what the fallback DRI should, where mails don't reach them. */
export async function findings(site: Site, { late }: Completeness): Promise<Finding[]> {
  const { timezone, fallbackDri } = site.workspace;
  const fallback = site.demo ? undefined : (await unreachableIn(site)).get(fallbackDri);
  const unheard = fallback && {
    since: fallback.at,
    says: `mails don't reach the fallback DRI ${fallbackDri} since ${clockAt(fallback.at, timezone)} (${fallback.why}: ${fallback.reason}), so nobody hears what others can't be told`,
  };
  return [
    ...late.map((night) => ({ since: night.since, says: lateInWords(night, timezone) })),
    ...(unheard ? [unheard] : []),
  ];
}

/**
 * Whether somebody who wakes at `at`, and did so `every` milliseconds before, has to say what holds since then: once at its beginning, and
 * once a day for as long as it lasts. It needs no memory of what was said.
 */
export const isNews = (since: Instant, { at, every }: { at: Instant; every: number }): boolean =>
  since <= at && (at - since) % DAY < every;
