import type { Metric } from '@plumbline/core/metric';
import { METRIC_KINDS } from '@plumbline/core/metric';
import { PLAIN_UNITS, isMoney, isUnit } from '@plumbline/core/unit';
import { z } from 'zod';

const isKnownCurrency = (unit: string): boolean => !isMoney(unit) || Intl.supportedValuesOf('currency').includes(unit);

/** The keys of a metric that `workspace.yaml` declares itself, since no vendor says what it is. */
export const declaredKeys = (example: string) => ({
  id: z
    .string()
    .max(64)
    .regex(/^[a-z0-9_]+$/, `must be of small letters, digits and "_", such as ${example}`),
  unit: z
    .string()
    .refine(
      (text) => text === 'money' || (isUnit(text) && isKnownCurrency(text)),
      `must be ${PLAIN_UNITS.join(', ')}, money (the workspace's currency) or an ISO 4217 code such as EUR`,
    )
    .describe("A unit, `money` for the workspace's currency, or an ISO 4217 code"),
  kind: z.enum(METRIC_KINDS).describe('stock: a level; flow: what happened that day; unique; rate; score'),
  direction: z.enum(['up', 'down']).describe('Which way is better'),
  about: z.string().min(1).max(200).optional().describe('One sentence: what the number means'),
  minimumSample: z
    .number()
    .int()
    .positive()
    .optional()
    .describe('A rate or score from fewer than this many is too small a sample for a verdict'),
});

type Declared = z.output<z.ZodObject<ReturnType<typeof declaredKeys>>>;

/** Refuses the second declaration of a metric, at its place. */
export function eachOnce(list: readonly { id: string }[], context: z.RefinementCtx): void {
  for (const [index, { id }] of list.entries()) {
    if (list.findIndex((one) => one.id === id) === index) continue;
    context.addIssue({ code: 'custom', path: [index, 'id'], message: 'is declared above already' });
  }
}

/** A declared metric for the catalogue; `origin` says what it is where nobody did. */
export const toMetric = (
  { id, unit, kind, direction, about, minimumSample }: Declared,
  currency: string,
  origin: string,
): Metric => ({
  id,
  unit: unit === 'money' ? currency : unit,
  kind,
  direction,
  about: about ?? `${origin}: ${id.replaceAll('_', ' ')}`,
  settleNights: 0,
  ...(minimumSample === undefined ? {} : { minimumSample }),
});
