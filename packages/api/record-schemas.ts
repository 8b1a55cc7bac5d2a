import type { Day } from '@plumbline/core/day';
import { isDay } from '@plumbline/core/day';
import { excerpt } from '@plumbline/core/errors';
import { z } from 'zod';
import { problemAnswer } from './schemas.ts';

/** What is sent to record, and what is answered: they make `/openapi.json` too. */

const count = z.int().min(0);

/** Told of a text or number that is not there, or not as it must be. */
const orElse = (wanted: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? 'is missing' : `must be ${wanted}`),
});
const FIELDS = 'metric, day, value, n, note';

/** One record as it is sent. */
export const sentRecord = z.strictObject(
  {
    metric: z
      .string(orElse('the id of a metric'))
      .max(64, 'must be the id of a metric')
      .describe('Id of a metric that the workspace declares under `record`'),
    day: z
      .string(orElse('a day, written YYYY-MM-DD'))
      .refine((text): text is Day => isDay(text), 'must be a day, written YYYY-MM-DD')
      .meta({ format: 'date' })
      .describe("A calendar day in the workspace's time zone, up to today"),
    value: z.number(orElse('a number, such as 1234.5')).describe("In the unit's major part"),
    n: z
      .int(orElse('a whole number from 0 on'))
      .min(0, 'must be a whole number from 0 on')
      .optional()
      .describe('Sample size'),
    note: z.string(orElse('a text')).max(500, 'must have at most 500 characters').optional(),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has "${excerpt(issue.keys.join(', ')).slice(0, 64)}", which is not a field; allowed: ${FIELDS}`
        : `must be an object with the fields ${FIELDS}`,
  },
);
export type SentRecord = z.output<typeof sentRecord>;

export const MOST_RECORDS = 500;
export const sentRecords = z.strictObject({ records: z.array(sentRecord).min(1).max(MOST_RECORDS) });

export const recordsAnswer = z.strictObject({
  workspace: z.string(),
  written: count.describe('Values that are new, or differ from what was stored'),
  unchanged: count.describe('Values that were stored already'),
});

/** RFC 9457, with what became of each record. */
export const recordsProblem = problemAnswer.extend({
  ...recordsAnswer.shape,
  errors: z
    .array(
      z.strictObject({
        index: count.describe('Of the record in `records`, from 0'),
        field: z.string().nullable().describe('The field that is wrong; null where it is the whole record'),
        message: z.string(),
      }),
    )
    .describe('The records that are not kept; all others are'),
});
