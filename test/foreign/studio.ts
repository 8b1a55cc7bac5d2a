import type { Day } from '@plumbline/core/day';
import { toDay } from '@plumbline/core/day';
import { silentLog } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import { toInstant } from '@plumbline/core/zone';
import type { LocalSite, Machine } from '@plumbline/local/machine';
import { startMachine } from '@plumbline/local/machine';
import { backfill } from '@plumbline/local/nights';
import { recordRows } from '@plumbline/night/record';
import { afterEach } from 'vitest';
import { eventsIn, headerOf, mailsIn, seedsWith, temporaryFolder } from '../support.ts';
import { BETTERSTACK_TOKEN, startBetterStack } from './betterstack.ts';
import { STRIPE_KEY, startStripe } from './stripe.ts';

/** The plan's first day; the last day that is over at `NOW`. */
export const START = toDay('2026-01-01');
export const LAST = toDay('2026-03-19');
export const NOW = toInstant('2026-03-20T06:00:00Z');

/** One verdict lies in the past, one on the last day, and two on people's own words come the night before it. */
const INDICATORS = {
  'mrr-early': `says: "$1K MRR in February", metric: mrr, target: ">= $1K", by: 2026-02-10, dri: cfo`,
  mrr: `says: "$500 MRR", metric: mrr, target: ">= $500", by: ${LAST}, priority: must, dri: cfo`,
  calls: `says: "3 calls", metric: calls, target: ">= 3", during: 2026-03-12..2026-03-18, dri: cfo`,
  interviews: `says: "3 interviews", metric: interviews, target: ">= 3", during: 2026-03-12..2026-03-18, dri: cpo`,
};
type Indicator = keyof typeof INDICATORS;

const planText = (indicators: readonly Indicator[]): string => `plan: studio-q1
title: The studio's quarter
start: ${START}
end: 2026-03-31
indicators:
${indicators.map((id) => `  - { id: ${id}, ${INDICATORS[id]} }\n`).join('')}`;

const workspaceText = (stripe: string, uptime: string, smtp: string | undefined): string => `workspace: studio
name: Studio
timezone: Europe/Kyiv
currency: USD
dris:
  cfo: { title: CFO, email: cfo@studio.example }
  cpo: { title: CPO, email: cpo@studio.example }
  cto: { title: CTO, email: cto@studio.example }
fallbackDri: cto
${smtp === undefined ? '' : `mail: { smtp: "${smtp}" }`}
sources:
  stripe: { baseUrl: "${stripe}", requestsPerSecond: 500 }
  uptime: { baseUrl: "${uptime}", requestsPerSecond: 500, provider: betterstack, monitors: ["77"] }
  record:
    metrics:
      - { id: calls, unit: count, kind: flow, direction: up }
      - { id: interviews, unit: count, kind: flow, direction: up }
`;

/** A small company on this machine, in this process: two servers of its own, and what its people write down. */
export async function studio(options: { now?: Instant; smtp?: string; plan?: readonly Indicator[] } = {}) {
  const servers = { stripe: await startStripe(), uptime: await startBetterStack() };
  const seeds = await seedsWith('studio', {
    'workspace.yaml': workspaceText(servers.stripe.url, servers.uptime.url, options.smtp),
    'plan.yaml': planText(options.plan ?? ['mrr-early', 'mrr']),
  });
  const data = await temporaryFolder();
  const machine: Machine = await startMachine({
    data,
    seeds,
    env: { PLUMBLINE_STUDIO_STRIPE: STRIPE_KEY, PLUMBLINE_STUDIO_UPTIME: BETTERSTACK_TOKEN },
    log: silentLog,
    now: options.now ?? NOW,
  });
  const site: LocalSite = machine.site('studio');
  return {
    servers,
    data,
    machine,
    site,
    /** The days that a metric is stored for. */
    daysOf: async (metric: string): Promise<Day[]> =>
      (await site.store.snapshots.span('studio', toDay('2025-01-01'), toDay('2026-12-31')))
        .filter((snapshot) => snapshot.metric === metric)
        .map(({ day }) => day),
    /** By type and name, the events that were published. */
    events: async (): Promise<string[]> =>
      (await eventsIn(data)).map(({ type, data: said }) => `${type} ${whose(said)}`),
    mails: async (): Promise<string[]> => (await mailsIn(data)).map((mail) => headerOf(mail, 'X-Plumbline-Mail')),
    record: (metric: string, day: string, value: number) =>
      recordRows(site, [{ metric, day: toDay(day), value }], 'a test'),
    /** The days before, brought in silently, so that a night has only its own to tell. */
    past: (through: string) => backfill(site, START, toDay(through)),
    close: async () => {
      await machine.close();
      await Promise.all(Object.values(servers).map((server) => server.close()));
    },
  };
}
export type Studio = Awaited<ReturnType<typeof studio>>;

/** For a test file: founds companies that are closed after each test, as is whatever else is put into `open`. */
export function studios() {
  const open: { close(): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  const founded = async (options?: Parameters<typeof studio>[0]): Promise<Studio> => {
    const one = await studio(options);
    open.push(one);
    return one;
  };
  return { founded, open };
}

function whose(said: unknown): string {
  const { indicator, source, day } = said as { indicator?: string; source?: string; day?: string };
  return indicator ?? source ?? day ?? '';
}

/** The same site at another time of its clock. */
export const at = (site: LocalSite, now: Instant): LocalSite => ({ ...site, clock: { ...site.clock, now: () => now } });
