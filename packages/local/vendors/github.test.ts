import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom } from '@plumbline/core/day';
import { endOfDay, toInstant, toIso } from '@plumbline/core/zone';
import type { PullPorts } from '@plumbline/core/source';
import { github } from '@plumbline/sources/github/index';
import type { GitHubConfig } from '@plumbline/sources/github/index';
import { collect, portsFor, valuesOf } from '@plumbline/sources/testing';
import { expect, onTestFinished, test } from 'vitest';
import { simulatedClock } from '../clock.ts';
import { serveOnLoopback } from '../serve.ts';
import { STORY_NAMES, storyNamed } from '../stories/index.ts';
import type { Story } from '../stories/story.ts';
import { contributorsOn, criticalIssuesOn, deploymentsOn, resolutionOn, starsOn } from '../stories/truth-code.ts';
import { gitHubVendor } from './github.ts';

const HOUR = 3_600_000;

function told(name: string): Story {
  const story = storyNamed(name);
  if (story === undefined) throw new Error(`no story ${name}`);
  return story;
}

async function gitHubOf(story: Story, now: number) {
  const clock = simulatedClock(now);
  const server = await serveOnLoopback(gitHubVendor(story, { clock, secret: 'token' }));
  onTestFinished(() => server.close());
  return { clock, url: server.url };
}

const repositoryOf = (story: Story): string => story.code?.repository ?? 'nobody/nothing';

/** A pull at that moment. */
async function pulled(story: Story, url: string, now: number, from: Day, to: Day): Promise<Record<string, number>> {
  const config = github.config.parse({
    repository: repositoryOf(story),
    labels: { critical_issues: 'critical' },
  });
  const ports: PullPorts<GitHubConfig> = portsFor('github', config, {
    baseUrl: url,
    secret: 'token',
    now: toIso(now),
    timezone: story.timezone,
  });
  const puller = await github.load?.();
  if (!puller) throw new Error('github is pulled');
  return valuesOf(await collect(puller.pull({ from, to }, ports)));
}

const truthOf = (story: Story, days: readonly Day[]): Record<string, number> =>
  Object.fromEntries(
    days.flatMap((day) =>
      Object.entries({
        github_stars: starsOn(story, day),
        code_contributors: contributorsOn(story, day),
        critical_issues: criticalIssuesOn(story, day),
        issue_resolution_time: resolutionOn(story, day),
        deployment_frequency: deploymentsOn(story, day),
      }).flatMap(([metric, value]) => (value === undefined ? [] : [[`${metric} ${day}`, value] as const])),
    ),
  );

const rounded = (values: Record<string, number>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value.toFixed(9)]));

test.each(STORY_NAMES)('the nights of %s find what its people did', async (name) => {
  const story = told(name);
  for (const n of [1, 7, 20, 28, 42, 54, 56, 63, 90]) {
    const day = addDays(story.start, n - 1);
    const now = endOfDay(day, story.timezone) + HOUR;
    const { url } = await gitHubOf(story, now);
    expect(rounded(await pulled(story, url, now, day, day))).toEqual(rounded(truthOf(story, [day])));
  }
});

test.each(STORY_NAMES)('a backfill of %s finds the same for all its days', async (name) => {
  const story = told(name);
  const now = endOfDay(story.end, story.timezone) + HOUR;
  const { url } = await gitHubOf(story, now);
  const found = await pulled(story, url, now, story.start, story.end);
  expect(rounded(found)).toEqual(rounded(truthOf(story, daysFrom(story.start, story.end))));
});

test('the token is asked for, nothing else is there, and what is known is not sent again', async () => {
  const story = told('bakhmach');
  const { url } = await gitHubOf(story, toInstant('2026-02-12T22:00:00Z'));
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, { headers: { authorization: 'Bearer token', ...headers } });
  const answers = await Promise.all([
    fetch(`${url}/repos/bakhmach/hub`),
    get('/repos/bakhmach/hub'),
    get('/repos/bakhmach/hubs'),
    get('/repos/bakhmach/hub/pulls'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([401, 200, 404, 404]);
  const first = await get('/repos/bakhmach/hub/commits?per_page=100');
  expect(first.headers.get('link')).toContain('page=2>; rel="next"');
  const again = await get('/repos/bakhmach/hub/commits?per_page=100', {
    'if-none-match': first.headers.get('etag') ?? '',
  });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

test('5,000 requests an hour, and no more', async () => {
  const story = told('codementor');
  const clock = simulatedClock(toInstant('2026-02-12T22:00:00Z'));
  const vendor = gitHubVendor(story, { clock, secret: 'token' });
  const ask = () =>
    vendor(new Request('http://127.0.0.1/repos/codementor/app', { headers: { authorization: 'Bearer token' } }));
  for (let count = 0; count < 5000; count++) await ask();
  expect((await ask()).status).toBe(429);
  await clock.sleep(HOUR);
  expect((await ask()).status).toBe(200);
});
