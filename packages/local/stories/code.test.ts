import { addDays } from '@plumbline/core/day';
import { expect, test } from 'vitest';
import { bakhmach } from './bakhmach.ts';
import { codementor } from './codementor.ts';
import type { Story } from './story.ts';
import { contributorsOn, criticalIssuesOn, deploymentsOn, resolutionOn, starsOn } from './truth-code.ts';

const on = (story: Story, days: readonly number[], truth: (story: Story, day: Story['start']) => number | undefined) =>
  days.map((n) => truth(story, addDays(story.start, n - 1)));

test('Bakhmach has its 100 stars and 50 contributors late, and no critical issue left at the end', () => {
  expect({
    stars: on(bakhmach(), [1, 7, 42, 56, 63, 90], starsOn),
    contributors: on(bakhmach(), [1, 7, 42, 70, 90], contributorsOn),
    critical: on(bakhmach(), [1, 3, 7, 20, 21, 54, 56, 84, 91], criticalIssuesOn),
  }).toEqual({
    stars: [14, 31, 83, 97, 109, 138],
    contributors: [3, 6, 39, 53, 58],
    critical: [3, 6, 4, 2, 0, 7, 3, 0, 0],
  });
});

test('CodeMentor has no critical issue on day 20, five at its launch and one at the end', () => {
  expect(on(codementor(), [1, 20, 24, 26, 90], criticalIssuesOn)).toEqual([4, 0, 5, 2, 1]);
});

test('both close issues within days, and deploy about once a day', () => {
  for (const story of [bakhmach(), codementor()]) {
    for (const n of [1, 45, 90]) {
      expect(on(story, [n], resolutionOn)[0]).toSatisfy((days: number) => days > 1 && days < 14);
      expect(on(story, [n], deploymentsOn)[0]).toSatisfy((count: number) => count > 0.3 && count < 2);
    }
  }
});

test('all of it is in order of time, in whole seconds', () => {
  for (const { code } of [bakhmach(), codementor()]) {
    const issues = code?.issues ?? [];
    const lists = [
      code?.stars ?? [],
      (code?.commits ?? []).map(({ at }) => at),
      issues.map(({ changes }) => changes[0]?.at ?? 0),
      (code?.deployments ?? []).map(({ at }) => at),
      ...issues.map(({ changes }) => changes.map(({ at }) => at)),
    ];
    for (const times of lists) expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(lists.flat().filter((at) => at % 1000 !== 0)).toEqual([]);
    expect(issues.map(({ number }) => number)).toEqual(issues.map((_, index) => index + 1));
    expect(issues.filter(({ changes }) => changes[0]?.type !== 'opened')).toEqual([]);
  }
});
