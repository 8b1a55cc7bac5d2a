import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BETTERSTACK_TOKEN, startBetterStack } from '../foreign/betterstack.ts';
import { GA4_KEY, startGa4 } from '../foreign/ga4.ts';
import type { Foreign } from '../foreign/server.ts';
import { json, serveForeign } from '../foreign/server.ts';
import { STRIPE_KEY, startStripe } from '../foreign/stripe.ts';

// A company whose night of 2026-03-10 brings everything that a night can: see `PLAN`, and what changes at `eveIsOver`.

export const WORKSPACE = 'acme';
/** The night that is broken off, the nights before it, and the moment at which each is run. */
export const NIGHT = '2026-03-10';
export const EVES = ['2026-03-07', '2026-03-08', '2026-03-09'];
export const morningAfter = (day: string): string =>
  new Date(Date.parse(`${day}T01:10:00Z`) + 86_400_000).toISOString();
/** To this address mail services that can refuse say no. */
export const GONE = 'sales@gone.example';

const MIXPANEL_SECRET = 'reader.1:hush';
export const SECRETS = {
  PLUMBLINE_ACME_STRIPE: STRIPE_KEY,
  PLUMBLINE_ACME_GA4: GA4_KEY,
  PLUMBLINE_ACME_MIXPANEL: MIXPANEL_SECRET,
  PLUMBLINE_ACME_UPTIME: BETTERSTACK_TOKEN,
};

const workspaceOf = (servers: Record<'stripe' | 'ga4' | 'mixpanel' | 'uptime' | 'http', Foreign>): string => `
workspace: ${WORKSPACE}
name: Acme
timezone: Europe/Kyiv
currency: USD
dris:
  ceo: { title: CEO, email: ceo@acme.example }
  cfo: { title: CFO, email: cfo@acme.example }
  cpo: { title: CPO, email: cpo@acme.example }
  cto: { title: CTO, email: cto@acme.example }
  sales: { title: Sales, email: ${GONE} }
fallbackDri: ceo
sources:
  stripe: { baseUrl: "${servers.stripe.url}" }
  ga4: { baseUrl: "${servers.ga4.url}", propertyId: "424242" }
  mixpanel: { baseUrl: "${servers.mixpanel.url}", projectId: 99, metrics: { signups: { count: "Sign Up" } } }
  uptime: { baseUrl: "${servers.uptime.url}", provider: betterstack, monitors: ["77"] }
  http:
    metrics:
${['leads', 'pages', 'pipeline', 'deals']
  .map(
    (id) =>
      `      - { id: ${id}, url: "${servers.http.url}/kpis?date={day}", path: $.${id}, unit: count, kind: stock, direction: up }`,
  )
  .join('\n')}
`;

// Of the pipeline nothing is said in the first fifth of its way, nor in one night alone: it is at risk in this very night.
const PLAN = `
plan: acme-q1
title: Acme's quarter
start: 2026-02-20
end: 2026-05-20
indicators:
  - { id: leads, says: "100 leads", metric: leads, target: ">= 100", by: 2026-03-10, priority: must, dri: cpo, mitigation: Call everybody }
  - { id: pages, says: "20 pages", metric: pages, target: ">= 20", by: 2026-03-10, dri: cto }
  - { id: pipeline, says: "1,000 in the pipeline", metric: pipeline, target: ">= 1000", by: 2026-05-17, dri: cfo }
  - { id: deals, says: "10 deals", metric: deals, target: ">= 10", by: 2026-03-10, dri: sales }
  - { id: signups, says: "5 sign-ups", metric: signups, target: ">= 5", during: 2026-03-06..2026-03-08, aggregate: sum, dri: cpo }
  - { id: uptime, says: "99.9 %", metric: uptime, target: ">= 99.9%", maintain: 2026-03-01..end, dri: cto }
  - { id: mrr, says: "$100 MRR", metric: mrr, target: ">= $100", by: 2026-03-10, dri: cfo }
reviews:
  - { id: weekly, every: wednesday, at: "16:00", to: [ceo, cfo] }
`;

const DAY_MS = 86_400_000;
const dayNumber = (day: string): number => (Date.parse(day) - Date.parse('2026-02-20')) / DAY_MS;

const kpisOf = (day: string) => ({
  leads: 60,
  pages: 12 + dayNumber(day),
  pipeline: 40,
  deals: 3,
});

const signUp = (iso: string, index: number) => ({
  event: 'Sign Up',
  properties: { time: Date.parse(iso) / 1000, distinct_id: `u${index}`, $insert_id: `i${index}` },
});
const SIGN_UPS = ['06', '07', '08'].map((day, index) => signUp(`2026-03-${day}T09:00:00Z`, index));
const LATE_SIGN_UPS = ['08', '08', '08'].map((day, index) => signUp(`2026-03-${day}T19:00:00Z`, index + 10));

const startMixpanel = (isLate: () => boolean): Promise<Foreign> =>
  serveForeign({ error: 'Invalid credentials' }, ({ url: { searchParams } }) => {
    const [from = '', to = ''] = [searchParams.get('from_date'), searchParams.get('to_date')].map((date) => date ?? '');
    const lines = [...SIGN_UPS, ...(isLate() ? LATE_SIGN_UPS : [])].filter(({ properties: { time } }) => {
      const date = new Date(time * 1000).toISOString().slice(0, 10);
      return from <= date && date <= to;
    });
    return { body: lines.map((line) => `${JSON.stringify(line)}\n`).join('') };
  });

/** The vendors, and a folder of seeds that names them. */
export async function startCompany() {
  let isLate = false;
  const servers = {
    stripe: await startStripe(),
    ga4: await startGa4(),
    mixpanel: await startMixpanel(() => isLate),
    uptime: await startBetterStack(),
    http: await serveForeign({}, ({ url }) => json(kpisOf(url.searchParams.get('date') ?? ''))),
  };
  const seeds = await mkdtemp(path.join(tmpdir(), 'plumbline-crash-seeds-'));
  await mkdir(path.join(seeds, WORKSPACE));
  await writeFile(path.join(seeds, WORKSPACE, 'workspace.yaml'), workspaceOf(servers));
  await writeFile(path.join(seeds, WORKSPACE, 'plan.yaml'), PLAN);
  return {
    seeds,
    servers,
    /** How the vendors are in the last night before, and how in the night itself: one is well again, one fails, and events come late. */
    setVendors: (night: 'night before' | 'eve' | 'night'): void => {
      servers.ga4.fault = night === 'eve' ? 'refuses' : undefined;
      servers.uptime.fault = night === 'night' ? 'refuses' : undefined;
      isLate = night === 'night';
    },
    close: async (): Promise<void> => {
      await Promise.all(Object.values(servers).map((server) => server.close()));
    },
  };
}
export type Company = Awaited<ReturnType<typeof startCompany>>;
