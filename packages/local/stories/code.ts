import type { Instant } from '@plumbline/core/zone';
import type { Calendar, Random } from './build.ts';
import { HOUR, DAY, inOrder, seeded } from './build.ts';
import type { Code, Deployment, StoryCommit, StoryIssue } from './story.ts';

/** Pairs of a plan day and the level that its end is to see; the first one is reached in the 30 days before the plan, too. */
type Levels = readonly (readonly [day: number, level: number])[];

/** How a company works on its code. Critical issues come and go on the days that are named, stars and people between them. */
export type Work = {
  repository: string;
  seed: number;
  stars: Levels;
  contributors: Levels;
  critical: Levels;
};

/** What people did to one repository: the levels asked for, and the daily work around them. */
export function codeOf(calendar: Calendar, { repository, seed, stars, contributors, critical }: Work): Code {
  const random = seeded(seed);
  return {
    repository,
    stars: spread(calendar, random, stars).toSorted((a, b) => a - b),
    commits: commitsOf(calendar, random, contributors),
    issues: issuesOf(calendar, random, critical),
    deployments: deploymentsOf(calendar, random),
  };
}

/** As many moments after each level's day as the next one is higher, up to that one's day. */
function spread(calendar: Calendar, random: Random, levels: Levels): Instant[] {
  return levels.flatMap(([day, level], index) => {
    const [before, reached] = levels[index - 1] ?? [-29, 0];
    return Array.from({ length: level - reached }, () =>
      calendar.moment(calendar.day(before + 1 + random.below(day - before)), random),
    );
  });
}

function commitsOf(calendar: Calendar, random: Random, contributors: Levels): StoryCommit[] {
  const beginnings = spread(calendar, random, contributors).toSorted((a, b) => a - b);
  const people = beginnings.map((at, index) => ({
    at,
    author: `dev${String(index + 1).padStart(3, '0')}`,
    kind: index % 9 === 8 ? ('no-account' as const) : ('plain' as const),
  }));
  const later = calendar.days.flatMap((day): StoryCommit[] => {
    const at = calendar.moment(day, random);
    const known = people.filter((person) => person.at < at);
    const daily = Array.from({ length: Math.min(known.length, 1 + random.below(5)) }, (): StoryCommit[] => {
      const person = known[random.below(known.length)];
      return person ? [{ ...person, at: at + random.below(3600) * 1000 }] : [];
    });
    const merged: StoryCommit = { author: 'release-manager', at, kind: 'merge' };
    const bot: StoryCommit = { author: 'renovate[bot]', at, kind: 'bot' };
    return [...daily.flat(), ...(random.chance(0.3) ? [merged] : []), ...(random.chance(0.2) ? [bot] : [])];
  });
  return inOrder([...people, ...later]);
}

function issuesOf(calendar: Calendar, random: Random, critical: Levels): StoryIssue[] {
  const issues: StoryIssue[] = [];
  const open = (at: Instant, isPull = false): StoryIssue => {
    const issue: StoryIssue = { number: 0, isPull, changes: [{ at, type: 'opened' }] };
    issues.push(issue);
    return issue;
  };
  dailyIssues(calendar, random, open);

  const standing: StoryIssue[] = [];
  let known: number | undefined;
  for (const [day, level] of critical) {
    for (; standing.length < level;) {
      const when = known === undefined ? day - random.below(20) : day;
      const issue = open(calendar.moment(calendar.day(when), random));
      // Some are seen to be critical only at a second look.
      const seen = (issue.changes[0]?.at ?? 0) + (random.chance(0.3) ? 20 * 60_000 : 1000);
      issue.changes.push({ at: seen, type: 'labeled', label: 'critical' });
      standing.push(issue);
    }
    const at = calendar.moment(calendar.day(day), random);
    for (const issue of standing.splice(0, standing.length - level)) {
      if (random.chance(0.2)) issue.changes.push({ at, type: 'unlabeled', label: 'critical' });
      else issue.changes.push({ at, type: 'closed' });
    }
    known = level;
  }
  const byBeginning = issues.toSorted((a, b) => (a.changes[0]?.at ?? 0) - (b.changes[0]?.at ?? 0));
  return byBeginning.map((issue, index) => ({ ...issue, number: index + 1 }));
}

/** Wishes, faults and pull requests of every day; most are closed within two weeks, a few are opened again. */
function dailyIssues(calendar: Calendar, random: Random, open: (at: Instant, isPull?: boolean) => StoryIssue): void {
  for (const day of calendar.days) {
    for (let left = random.below(4); left > 0; left -= 1) {
      const at = calendar.moment(day, random);
      const { changes, isPull } = open(at, random.chance(0.4));
      const label = isPull && random.chance(0.1) ? 'critical' : random.chance(0.5) ? 'bug' : 'enhancement';
      changes.push({ at: at + 1000, type: 'labeled', label });
      if (random.chance(0.2)) continue;
      const closedAt = at + HOUR + random.below(14 * 24) * HOUR;
      changes.push({ at: closedAt, type: 'closed' });
      if (!isPull && random.chance(0.1)) {
        changes.push({ at: closedAt + 5 * HOUR, type: 'reopened' }, { at: closedAt + 3 * DAY, type: 'closed' });
      }
    }
  }
}

/** Once or twice on most days, first to staging; one in ten fails, and some wait over midnight for their approval. */
function deploymentsOf(calendar: Calendar, random: Random): Deployment[] {
  const made = calendar.days.flatMap((day): Deployment[] =>
    Array.from({ length: random.below(3) }, () => calendar.moment(day, random)).flatMap((at) => {
      const staged: Deployment = { at, environment: 'staging', succeededAt: at + 60_000 };
      const produced: Deployment = { at: at + 120_000, environment: 'production' };
      if (random.chance(0.1)) return [staged, produced];
      return [staged, { ...produced, succeededAt: at + (random.chance(0.2) ? 12 * HOUR : 5 * 60_000) }];
    }),
  );
  return inOrder(made);
}
