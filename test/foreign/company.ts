import { seedsWith, temporaryFolder } from '../support.ts';
import { BETTERSTACK_TOKEN, startBetterStack } from './betterstack.ts';
import { GA4_KEY, startGa4 } from './ga4.ts';
import { MIXPANEL_SECRET, startMixpanel } from './mixpanel.ts';
import type { Foreign } from './server.ts';
import { STRIPE_KEY, startStripe } from './stripe.ts';

export const SOURCES = ['stripe', 'ga4', 'mixpanel', 'uptime'] as const;
export type Source = (typeof SOURCES)[number];

export const SECRETS = {
  PLUMBLINE_ACME_STRIPE: STRIPE_KEY,
  PLUMBLINE_ACME_GA4: GA4_KEY,
  PLUMBLINE_ACME_MIXPANEL: MIXPANEL_SECRET,
  PLUMBLINE_ACME_UPTIME: BETTERSTACK_TOKEN,
};

const BLOCKS: Readonly<Record<Source, readonly string[]>> = {
  stripe: [],
  ga4: ['propertyId: "424242"', 'metrics: { website_conversion_rate: { keyEvent: sign_up } }'],
  mixpanel: [
    'projectId: 99',
    'requestsPerSecond: 3',
    'metrics:',
    '  signups: { count: "Sign Up" }',
    '  dau: { uniques: "*", days: 1 }',
    '  wau: { uniques: "*", days: 7 }',
    '  mau: { uniques: "*", days: 30 }',
    '  nps: { nps: "NPS Response", property: score, days: 30 }',
  ],
  uptime: ['provider: betterstack', 'monitors: ["77"]'],
};

const PLAN = `plan: acme-q1
title: Acme's quarter
start: 2026-03-01
end: 2026-03-31
indicators:
  - { id: mrr, says: "$500 MRR", metric: mrr, target: ">= $500", by: 2026-03-10, priority: must, dri: cfo, mitigation: Call everybody }
`;

/** A company with servers of its own: a seeds folder that names them, and an empty data folder. */
export async function company(only: readonly Source[] = SOURCES) {
  const servers: Record<Source, Foreign> = {
    stripe: await startStripe(),
    ga4: await startGa4(),
    mixpanel: await startMixpanel(),
    uptime: await startBetterStack(),
  };
  const blocks = only.flatMap((source) => [
    `  ${source}:`,
    `    baseUrl: ${servers[source].url}`,
    ...BLOCKS[source].map((line) => `    ${line}`),
  ]);
  const workspace = [
    'workspace: acme',
    'name: Acme',
    'timezone: Europe/Kyiv',
    'currency: USD',
    'dris:',
    '  cfo: { title: CFO, email: cfo@acme.example }',
    '  cto: { title: CTO, email: cto@acme.example }',
    'fallbackDri: cto',
    'sources:',
    ...blocks,
    '  record: { metrics: [{ id: members, unit: count, kind: stock, direction: up }] }',
    '',
  ].join('\n');
  const files = { 'workspace.yaml': workspace, ...(only.includes('stripe') && { 'plan.yaml': PLAN }) };
  const [seeds, data] = [await seedsWith('acme', files), await temporaryFolder()];
  return {
    servers,
    data,
    /** A command on this company, at that instant. */
    words: (now: string, ...command: string[]) => [
      ...command,
      '--workspace',
      'acme',
      '--now',
      now,
      '--seeds',
      seeds,
      '--data',
      data,
    ],
    close: () => Promise.all(Object.values(servers).map((server) => server.close())),
  };
}
export type Company = Awaited<ReturnType<typeof company>>;
