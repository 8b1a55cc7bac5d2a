import type { SourceDefinition } from '@plumbline/core/source';
import { isMoney } from '@plumbline/core/unit';
import { z } from 'zod';
import { perSecond } from '../budget.ts';
import { declaredKeys, eachOnce, toMetric } from '../declared.ts';
import { faultIn } from './address.ts';
import { parseJsonPath } from './json-path.ts';

export const SECRET = '{secret}';

const SECRETIVE = /auth|key|token|cookie|secret/i;

const path = z
  .string()
  .max(256)
  .transform((text, context) => {
    const parsed = parseJsonPath(text);
    if (parsed) return parsed;
    const message = `must be a JSONPath to one value, such as $.data[0].mrr or $['monthly revenue']; wildcards, slices and filters may mean several`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const url = z
  .string()
  .max(2000)
  .superRefine((text, context) => {
    const fault = faultIn(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

const headers = z
  .record(
    z.string().regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header, such as authorization'),
    z.string().regex(/^[\x20-\x7e]*$/, 'must be of plain ASCII characters'),
  )
  .superRefine((given, context) => {
    for (const [name, value] of Object.entries(given)) {
      if (!SECRETIVE.test(name) || value.includes(SECRET)) continue;
      const message = `must hold ${SECRET}: secrets never stand in this file`;
      context.addIssue({ code: 'custom', path: [name], message });
    }
  });

const metric = z
  .strictObject({
    ...declaredKeys('open_tickets'),
    url: url.describe('What to GET: https, with {day}, {from} and {to} where it tells of a day'),
    headers: headers.optional().describe(`Headers to send; ${SECRET} stands for the secret`),
    path: path
      .optional()
      .describe("Where the value is in the answer, as a JSONPath: $.data[0].mrr, in the unit's major part"),
    numerator: path.optional().describe('Of a rate, in place of path: where its numerator is'),
    denominator: path.optional().describe('Of a rate, in place of path: where its denominator is'),
    n: path.optional().describe('Where the size of the sample is'),
  })
  .superRefine((given, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    const { numerator, denominator, unit, kind } = given;
    if (given.path === undefined && numerator === undefined && denominator === undefined)
      return refuse('path', 'is needed: where the value is; or numerator and denominator, of a rate');
    if (given.path !== undefined && (numerator !== undefined || denominator !== undefined))
      return refuse('path', 'is told twice: by path, and by numerator or denominator');
    if (given.path !== undefined) return undefined;
    if (denominator === undefined) return refuse('denominator', 'is needed beside numerator');
    if (numerator === undefined) return refuse('numerator', 'is needed beside denominator');
    if (kind !== 'rate') return refuse('kind', 'must be rate where numerator and denominator are given');
    if (unit === 'money' || isMoney(unit)) return refuse('unit', 'must not be money where parts are given; give path');
    return undefined;
  });

const config = z.strictObject({
  metrics: z
    .array(metric)
    .min(1)
    .max(50)
    .superRefine(eachOnce)
    .describe('One address and one value of its answer each'),
});

export type HttpConfig = z.output<typeof config>;
export type HttpMetric = HttpConfig['metrics'][number];

/** Any JSON address: what no other source brings, without code. */
export const http: SourceDefinition<HttpConfig> = {
  name: 'http',
  title: 'JSON over HTTP',
  // Each metric has its own.
  baseUrl: '',
  config,
  secret: {
    describe: `a token or key without spaces, which stands for ${SECRET} in the headers`,
    isValid: (text) => /^[\x21-\x7e]+$/.test(text),
  },
  needsSecret: ({ metrics }) =>
    metrics.some(({ headers: sent = {} }) => Object.values(sent).some((value) => value.includes(SECRET))),
  metrics: ({ metrics }, { currency }) =>
    metrics.map((declared) => toMetric(declared, currency, 'Read from a JSON address')),
  repullDays: 0,
  healDays: 30,
  // Nobody knows what stands behind the address: politely few.
  budget: (_, { requestsPerSecond }) => perSecond(requestsPerSecond ?? 5, 1),
  sdk: [],
  lambda: { memoryMb: 256, timeoutSeconds: 900 },
  load: async () => (await import('./pull.ts')).puller,
};
