import { detailSchemas } from '@plumbline/alerts/events';
import type { Message } from '@plumbline/alerts/channel';
import { createApi } from '@plumbline/api/app';
import type { Day } from '@plumbline/core/day';
import { daysFrom, toDay } from '@plumbline/core/day';
import type { Instant } from '@plumbline/core/zone';
import { atTime } from '@plumbline/core/zone';
import { judgeAndClose } from '@plumbline/night/close';
import { dispatch } from '@plumbline/night/dispatch';
import { notifyNight } from '@plumbline/night/notify';
import { recordRows } from '@plumbline/night/record';
import { nightBegins } from '@plumbline/night/schedule';
import { sites } from './sites.ts';

const workspaceYaml = (id: string): string => `
workspace: ${id}
name: Acme <Ltd>
timezone: "+02:00"
currency: USD
dris:
  ceo: { title: CEO, email: ceo@acme.example }
  cpo: { title: CPO, email: cpo@acme.example }
  cto: { title: CTO, email: cto@acme.example }
  coo: { title: COO }
fallbackDri: ceo
sources:
  record: { metrics: [{ id: members, unit: count, kind: stock, direction: up }, { id: bugs, unit: count, kind: stock, direction: down }] }
`;

// It begins on a Friday: each Friday's meeting looks at the seven nights up to Thursday's.
export const PLAN = `
plan: q1
title: Acme in eight weeks
start: 2026-01-02
end: 2026-02-26
indicators:
  - { id: members-week-1, says: "50 <b>members</b>", metric: members, target: ">= 50", by: week 1, dri: cpo }
  - { id: members-week-2, says: "80 members", metric: members, target: ">= 80", by: week 2, dri: cpo }
  - { id: bugs-week-1, says: "Fewer than 5 bugs", metric: bugs, target: "< 5", by: week 1, dri: cto }
reviews:
  - { id: weekly, every: friday, at: "16:00", to: [ceo, cpo] }
  - { id: monthly, every: last friday, at: "15:00", to: [ceo] }
`;

const newSite = sites();

export const THURSDAY = toDay('2026-01-08');
export const FRIDAY = toDay('2026-01-09');
export const dayOf = (text: string): Day => toDay(text);

/** A company of its own, whose nights run when they are told to, and a channel that accepts or refuses. */
export async function company(plan = PLAN) {
  const time: { now: Instant } = { now: 0 };
  const site = await newSite((name) => ({ 'workspace.yaml': workspaceYaml(name), 'plan.yaml': plan }), time);
  const { store, workspace } = site;
  const { id, timezone: zone } = workspace;
  time.now = nightBegins(toDay('2026-01-01'), zone);
  const box = { accepted: [] as Message[], refuses: new Set<string>(), away: false, dies: false };
  const postbox = {
    channel: {
      name: 'box',
      send: async (message: Message) => {
        if (box.dies) throw new Error('killed');
        if (box.away) return { outcome: 'retryable', reason: 'away' } as const;
        if (box.refuses.has(message.to.email)) return { outcome: 'rejected', reason: 'no such user' } as const;
        box.accepted.push(message);
        return { outcome: 'delivered', messageId: `m-${box.accepted.length}` } as const;
      },
    },
    publicUrl: 'http://127.0.0.1:4180',
    linkKey: 'k'.repeat(32),
  };
  const rows = (day: Day, values: Record<string, number>) =>
    Object.entries(values).map(([metric, value]) => ({ metric, day, value, n: undefined, note: undefined, line: 1 }));
  const api = createApi({
    workspaces: [workspace],
    store: () => store,
    now: () => time.now,
    demo: () => false,
    completeness: async () => ({ complete: null, late: [] }),
    access: 'loopback',
    linkKey: async () => 'k'.repeat(32),
  });
  const events = async () => {
    const waiting = await store.outbox.pending(id);
    return waiting.flatMap(({ detailType, id: event, detail }) =>
      detailType === 'Review Due' ? [{ event, ...detailSchemas['Review Due'].parse(detail).data }] : [],
    );
  };
  return {
    id,
    site,
    box,
    events,
    at: (instant: Instant) => void (time.now = instant),
    record: async (day: Day, values: Record<string, number>) => {
      time.now = atTime(day, '18:00', zone);
      await recordRows(site, rows(day, values), 'test');
    },
    /** Nights up to and with this one, each closed as soon as it has begun, or at the hour that is given for the last one. */
    nights: async (from: Day, to: Day, { closedAt, silent = false }: { closedAt?: Instant; silent?: boolean } = {}) => {
      for (const day of daysFrom(from, to)) {
        time.now = day === to && closedAt !== undefined ? closedAt : nightBegins(day, zone);
        await dispatch(site, day, { silent });
        await judgeAndClose(site, day, silent ? { silent: true } : {});
      }
    },
    notify: (day: Day) => notifyNight(site, day, postbox),
    post: (path: string, fields: Record<string, string>) =>
      api.request(path, { method: 'POST', body: new URLSearchParams(fields), headers: { host: '127.0.0.1' } }),
    told: () => box.accepted.map(({ to, subject }) => `${to.email.split('@')[0]}: ${subject}`),
    page: async (path: string, init: RequestInit = {}) => {
      const answer = await api.request(path, { ...init, headers: { host: '127.0.0.1' } });
      return { status: answer.status, text: await answer.text() };
    },
  };
}

/** With 40 members and 3 bugs, at the end of its first week. */
export async function afterWeekOne() {
  const acme = await company();
  await acme.record(dayOf('2026-01-02'), { members: 40, bugs: 3 });
  await acme.nights(dayOf('2026-01-02'), THURSDAY);
  return acme;
}

export const MEETING = 'Friday 2026-01-09: 1 missed, 1 met, 1 due next';
