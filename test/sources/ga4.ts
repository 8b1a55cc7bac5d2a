import { account, answer, named, row } from '@plumbline/sources/ga4/test-property';
import type { Driver } from './driver.ts';
import { vendor } from './driver.ts';

const daily = { dimensionHeaders: named('date'), metadata: { timeZone: 'Europe/Kyiv' }, rowCount: 2 };

export const ga4: Driver = {
  name: 'ga4',
  source: 'ga4',
  config: { propertyId: '314159' },
  secret: JSON.stringify(account),
  secrets: [account.private_key, account.private_key.split('\n')[1] ?? ''],
  start: (fault) =>
    vendor(fault, (asked) =>
      answer(asked, {
        date: ({ offset }) => ({
          ...daily,
          rows: [offset ? row('20260212', 120, 110, 40, 150, 610, 93, 84.25) : row('20260211', 1, 1, 1, 1, 1, 1, 1)],
        }),
      }),
    ),
  values: {
    website_visitors: 120,
    active_users: 110,
    new_users: 40,
    sessions: 150,
    page_views: 610,
    engagement_rate: 62,
    web_session_length: 84.25,
    website_visitors_7d: 712,
    active_users_7d: 1712,
    active_users_28d: 2812,
  },
  laterPages: { count: 1, isOne: ({ body }) => body.includes('"offset"') },
  surprise: { rows: 'none', reports: 'none' },
  people: [],
};
