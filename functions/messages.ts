import { isDay } from '@plumbline/core/day';
import type { Day } from '@plumbline/core/day';
import { sesEvent } from '@plumbline/alerts/email/ses-events';
import { z } from 'zod';

const day = z.string().refine((text): text is Day => isDay(text), 'must be a day');
const workspace = z.string().regex(/^[a-z0-9-]{1,64}$/);

/** On a source's queue: pull this workspace's night, or go on with it. */
export const pullMessage = z.object({
  workspace,
  source: z.string().max(64),
  day,
  silent: z.boolean().optional(),
  goesOn: z.object({ since: z.int(), runs: z.int(), note: z.string() }).optional(),
});

/** On the judge's and notifier's queues: an event of ours as EventBridge delivers it. */
export const nightEvent = z.object({
  'detail-type': z.string(),
  detail: z.object({ metadata: z.object({ workspace }), data: z.object({ day }) }),
});

/** On the deliverer's queue: any event of ours, whole, as EventBridge delivers it. */
export const publishedEvent = z.object({
  'detail-type': z.string(),
  detail: z.looseObject({
    metadata: z.looseObject({
      id: z.string(),
      version: z.literal('1'),
      workspace,
      time: z.string(),
      correlationId: z.string(),
      planVersion: z.string().nullable(),
    }),
    data: z.record(z.string(), z.unknown()),
  }),
});

/** On the notifier's queue: that a night is complete, or what became of a mail. */
export const notifierEvent = z.union([sesEvent, nightEvent]);
