import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

// 24 hours are 48 half hours; a day that skips an hour has 46, one that doubles it 50; Lord Howe moves its clocks by half an hour.
const DAYS = {
  'Europe/Kyiv 2026-03-29': '2026-03-28 48, 2026-03-29 46, 2026-03-30 48 of 2026-03-27..2026-03-30',
  'Europe/Kyiv 2026-10-25': '2026-10-24 48, 2026-10-25 50, 2026-10-26 48 of 2026-10-23..2026-10-26',
  'America/St_Johns 2026-03-08': '2026-03-07 48, 2026-03-08 46, 2026-03-09 48 of 2026-03-07..2026-03-10',
  'America/St_Johns 2026-11-01': '2026-10-31 48, 2026-11-01 50, 2026-11-02 48 of 2026-10-31..2026-11-03',
  'Australia/Lord_Howe 2026-10-04': '2026-10-03 48, 2026-10-04 47, 2026-10-05 48 of 2026-10-02..2026-10-05',
  'Pacific/Kiritimati 2026-02-28': '2026-02-27 48, 2026-02-28 48, 2026-03-01 48 of 2026-02-26..2026-03-01',
  '-11:00 2028-02-29': '2028-02-28 48, 2028-02-29 48, 2028-03-01 48 of 2028-02-28..2028-03-02',
  'UTC 2028-02-29': '2028-02-28 48, 2028-02-29 48, 2028-03-01 48 of 2028-02-28..2028-03-01',
};

test.each(['UTC', 'Pacific/Kiritimati', 'America/St_Johns'])(
  'on a machine in %s events fall on the days of the workspace',
  async (TZ) => {
    const program = path.join(import.meta.dirname, 'days-told.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...Object.keys(DAYS)], {
      env: { ...process.env, TZ },
    });
    const expected = Object.entries(DAYS).map(([key, days]) => `${key.split(' ')[0]}: ${days}`);
    expect(stdout.trim().split('\n')).toEqual(expected);
  },
);
