import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { test } from 'vitest';

const root = path.dirname(import.meta.dirname);

/** What works with days, zones and dates, from all over the house; other tests of theirs have no clock in them. */
const SUITES = [
  'test/source-days.test.ts',
  'packages/core/day.test.ts',
  'packages/plan/calendar.test.ts',
  'packages/plan/review-meetings.test.ts',
  'packages/sources/ga4/days.test.ts',
  'packages/sources/mixpanel/calendar.test.ts',
  'packages/sources/mixpanel/pull.test.ts',
  'packages/sources/record/date.test.ts',
  'packages/sources/stripe/as-at.test.ts',
  'packages/sources/uptime/betterstack.test.ts',
];

test.concurrent.for(['UTC', 'Pacific/Kiritimati', 'America/St_Johns'])(
  'on a machine in %s the same events land in the same days',
  { timeout: 60_000 },
  async (zone, { expect, onTestFinished }) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'plumbline-zones-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = path.join(folder, 'report.json');
    const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
    const { PATH, HOME } = process.env;
    const run = promisify(execFile)(
      process.execPath,
      // All suites of a zone in one process, since starting takes longer than testing.
      [vitest, 'run', '--no-isolate', '--maxWorkers=1', '--reporter=json', `--outputFile=${file}`, ...SUITES],
      { cwd: root, env: { PATH, HOME, TZ: zone } },
    );
    // The report names what failed.
    await run.catch(() => undefined);
    const report = JSON.parse(await readFile(file, 'utf8')) as Report;
    const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
    expect(results.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)).toEqual([]);
    expect(report).toMatchObject({ success: true, numPendingTests: 0 });
    expect(report.testResults.map(({ name }) => path.relative(root, name)).toSorted()).toEqual(SUITES.toSorted());
  },
);

type Report = {
  success: boolean;
  numPendingTests: number;
  testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[];
};
