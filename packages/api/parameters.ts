import type { Day } from '@plumbline/core/day';
import { addDays, daysBetween, toDay } from '@plumbline/core/day';
import { messageOf } from '@plumbline/core/errors';
import { toInstant } from '@plumbline/core/zone';
import type { Workspace } from '@plumbline/workspace/workspace';
import { z } from 'zod';
import { Problem } from './problems.ts';

const MOST_DAYS = 400;
const DAYS_WITHOUT_PLAN = 90;
export const MOST_ROWS = 1000;

/** Runs a reader that throws words for people as a step of a schema. */
const readBy =
  <T>(read: (text: string) => T) =>
  (text: string, context: z.RefinementCtx<string>): T => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  };

const dayParameter = z.string().meta({ format: 'date' }).transform(readBy(toDay));
const instantParameter = z.string().meta({ format: 'date-time' }).transform(readBy(toInstant));

const span = {
  from: dayParameter.optional().describe("First day; default is the plan's first"),
  to: dayParameter.optional().describe(`Last day, at most ${MOST_DAYS} days on; default is the plan's last`),
};
export const spanQuery = z.strictObject(span);

export const snapshotsQuery = z.strictObject({
  metric: z
    .string()
    .transform((text) => text.split(',').filter((id) => id !== ''))
    .optional()
    .describe('Ids of metrics with commas between them; default is all'),
  ...span,
  as_of: instantParameter.optional().describe('What was known at that instant'),
  cursor: z.string().max(200).optional().describe('`next` of the page before'),
  limit: z.coerce
    .number('must be a whole number')
    .int('must be a whole number')
    .min(1, `must be from 1 to ${MOST_ROWS}`)
    .max(MOST_ROWS, `must be from 1 to ${MOST_ROWS}`)
    .default(500)
    .describe('Most rows of a page'),
});

export const asOfQuery = z.strictObject({
  as_of: dayParameter.optional().describe('As known when that night closed; default is the last night'),
});

export const dayQuery = z.strictObject({ day: dayParameter.optional().describe('Default is the newest') });

/** A day in a path. Throws a Problem. */
export function dayNamed(text: string): Day {
  try {
    return toDay(text);
  } catch (error) {
    throw new Problem(400, messageOf(error), { parameter: 'day' });
  }
}

export const noQuery = z.strictObject({});

/** Checks a query string. Throws a Problem that names the parameter and what is allowed. */
export function readQuery<Schema extends z.ZodObject>(schema: Schema, search: URLSearchParams): z.output<Schema> {
  const allowed = Object.keys(schema.shape);
  const given = [...search.keys()];
  const unknown = given.find((name) => !allowed.includes(name));
  if (unknown !== undefined) {
    const names = allowed.length === 0 ? 'this route has none' : `allowed: ${allowed.join(', ')}`;
    throw new Problem(400, `"${unknown}" is not a parameter here; ${names}`, { parameter: unknown });
  }
  const twice = given.find((name, index) => given.indexOf(name) !== index);
  if (twice !== undefined) throw new Problem(400, `"${twice}" is given twice; give it once`, { parameter: twice });
  const read = schema.safeParse(Object.fromEntries(search));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const parameter = String(issue?.path[0] ?? '');
  throw new Problem(400, `${parameter}: ${issue?.message}`, { parameter });
}

/** The days that are asked for, both included. */
export function spanOf(workspace: Workspace, query: { from?: Day | undefined; to?: Day | undefined }, lastNight: Day) {
  const { plan } = workspace;
  const from = query.from ?? plan?.start ?? addDays(query.to ?? lastNight, 1 - DAYS_WITHOUT_PLAN);
  const to = query.to ?? plan?.end ?? lastNight;
  const parameter = query.from === undefined ? 'to' : 'from';
  if (from > to) {
    throw new Problem(400, `from ${from} is after to ${to}; give both, the earlier one as "from"`, { parameter });
  }
  if (daysBetween(from, to) >= MOST_DAYS) {
    throw new Problem(400, `${from} to ${to} is more than ${MOST_DAYS} days; ask for it in parts`, { parameter });
  }
  return { from, to };
}
