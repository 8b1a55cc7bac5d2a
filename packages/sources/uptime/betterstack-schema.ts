import { toInstant } from '@plumbline/core/zone';
import { z } from 'zod';

const instant = z.iso.datetime({ offset: true }).transform(toInstant);

/** `GET /api/v2/monitors/{id}/sla`: percent and seconds (https://betterstack.com/docs/uptime/api/get-a-monitors-availability-summary/). */
export const slaSchema = z
  .object({
    data: z.object({
      attributes: z.object({
        availability: z.number().min(0).max(100).nullable(),
        total_downtime: z.number().nonnegative(),
        number_of_incidents: z.number().int().nonnegative().optional(),
      }),
    }),
  })
  .transform(({ data: { attributes } }) => ({
    availability: attributes.availability,
    downtime: attributes.total_downtime,
    incidents: attributes.number_of_incidents,
  }));

export type Sla = z.output<typeof slaSchema>;

/** `GET /api/v2/monitors/{id}` (https://betterstack.com/docs/uptime/api/get-a-single-monitor/). */
export const monitorSchema = z
  .object({
    data: z.object({
      attributes: z.object({ created_at: instant.nullish(), paused_at: instant.nullish() }),
    }),
  })
  .transform(({ data: { attributes } }) => ({ createdAt: attributes.created_at, pausedAt: attributes.paused_at }));

export type Monitor = z.output<typeof monitorSchema>;

/** `GET /api/v2/incidents` (https://betterstack.com/docs/uptime/api/list-all-incidents/): a page of outages, and the next page's address. */
export const incidentsSchema = z
  .object({
    data: z.array(
      z.object({
        attributes: z.object({ started_at: instant, resolved_at: instant.nullish() }),
        relationships: z
          .object({ monitor: z.object({ data: z.object({ id: z.coerce.string() }).nullish() }).optional() })
          .optional(),
      }),
    ),
    pagination: z.object({ next: z.string().nullish() }).optional(),
  })
  .transform(({ data, pagination }) => ({
    incidents: data.map(({ attributes, relationships }) => ({
      monitor: relationships?.monitor?.data?.id,
      from: attributes.started_at,
      to: attributes.resolved_at ?? undefined,
    })),
    next: pagination?.next ?? undefined,
  }));

/** One outage; `to` is absent while it lasts. */
export type Incident = z.output<typeof incidentsSchema>['incidents'][number];
