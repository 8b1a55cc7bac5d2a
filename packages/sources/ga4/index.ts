import type { Metric } from '@plumbline/core/metric';
import type { SourceDefinition } from '@plumbline/core/source';
import { z } from 'zod';
import { perSecond } from '../budget.ts';
import { isServiceAccount } from './account.ts';
import { MOST_AT_ONCE } from './quota.ts';

const config = z.strictObject({
  propertyId: z
    .string()
    .regex(/^\d+$/, 'must be the number of the GA4 property in quotes, such as "314159"')
    .describe('Admin → Property details → Property ID'),
  metrics: z
    .strictObject({
      website_conversion_rate: z
        .strictObject({
          keyEvent: z
            .string()
            .regex(/^[A-Za-z]\w{0,39}$/, 'must be the name of a key event, such as sign_up')
            .describe('Sessions with this key event ÷ all sessions'),
        })
        .optional(),
      ad_spend: z
        .boolean()
        .optional()
        .describe('Take the cost of ads; only where an ads account is linked to the property'),
    })
    .optional(),
});

export type Ga4Config = z.output<typeof config>;

/** GA4 may still change a number for this many nights after the day's own. */
const settleNights = 3;

const DAILY: Metric[] = [
  {
    ...metric(
      'website_visitors',
      'unique',
      'Distinct people who visited on the day; who came by two channels is in both',
    ),
    dimensions: ['channel'],
  },
  metric('active_users', 'unique', 'Distinct people with an engaged or first session on the day'),
  metric('new_users', 'flow', 'People seen for the first time'),
  { ...metric('sessions', 'flow', 'Sessions that began'), dimensions: ['channel'] },
  metric('page_views', 'flow', 'Pages and screens shown'),
  { ...metric('engagement_rate', 'rate', 'Share of sessions that were engaged'), unit: '%' },
  { ...metric('web_session_length', 'score', 'Mean length of a session'), unit: 's' },
  metric('website_visitors_7d', 'unique', 'Distinct people who visited in the 7 days that end with the day'),
  metric('active_users_7d', 'unique', 'Distinct active people in the 7 days that end with the day'),
  metric('active_users_28d', 'unique', 'Distinct active people in the 28 days that end with the day'),
];

function metric(id: string, kind: Metric['kind'], about: string): Metric {
  return { id, unit: 'count', kind, direction: 'up', about, settleNights };
}

const adSpend = (currency: string): Metric => ({
  ...metric('ad_spend', 'flow', 'What the ads of the linked accounts cost'),
  unit: currency,
  direction: 'down',
  dimensions: ['channel'],
});

export const ga4: SourceDefinition<Ga4Config> = {
  name: 'ga4',
  title: 'Google Analytics 4',
  baseUrl: 'https://analyticsdata.googleapis.com',
  config,
  secret: {
    describe: 'the JSON key of a service account that is a Viewer of the property',
    isValid: isServiceAccount,
  },
  metrics: ({ metrics }, { currency }) => {
    const keyEvent = metrics?.website_conversion_rate?.keyEvent;
    return [
      ...DAILY,
      ...(keyEvent === undefined
        ? []
        : [
            {
              ...metric('website_conversion_rate', 'rate', `Share of sessions with the key event ${keyEvent}`),
              unit: '%',
            },
          ]),
      ...(metrics?.ad_spend ? [adSpend(currency)] : []),
    ];
  },
  // Attribution of key events goes on for up to 12 days (https://support.google.com/analytics/answer/12229021); ad cost is corrected too.
  repullDays: 13,
  healDays: 30,
  // A property answers at most 10 requests at once (https://developers.google.com/analytics/devguides/reporting/data/v1/quotas).
  budget: (_, { requestsPerSecond }) => perSecond(requestsPerSecond ?? 20, MOST_AT_ONCE),
  sdk: ['@google-analytics/data', 'google-auth-library'],
  lambda: { memoryMb: 512, timeoutSeconds: 300 },
  load: async () => (await import('./pull.ts')).puller,
};
