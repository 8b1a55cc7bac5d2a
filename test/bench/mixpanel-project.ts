import { createHmac } from 'node:crypto';
import { toDay } from '@plumbline/core/day';
import { toZone } from '@plumbline/core/zone';
import { mixpanelConfig } from '@plumbline/sources/mixpanel/language';

// The project that the bench pulls: one metric of each form, the costly ones too.

export const DAY = toDay('2026-11-20');
export const ZONE = toZone('Europe/Kyiv');

export const config = mixpanelConfig.parse({
  projectId: 271828,
  metrics: {
    events: { count: '*' },
    signups: { count: 'Sign Up' },
    dau: { uniques: '*', days: 1 },
    wau: { uniques: '*', days: 7 },
    mau: { uniques: '*', days: 30 },
    feature_adoption: { share: 'Feature Used', of: '*', days: 7 },
    onboarding_completion: { funnel: ['Sign Up', 'Onboarding Completed'], within: '7d' },
    retention_7d: { retention: { first: 'Sign Up', return: '*', day: 7 } },
    nps: { nps: 'NPS Response', property: 'score', days: 30 },
    session_length: { average: 'Session End', property: 'duration_s' },
    session_p95: { percentile: 'Session End', property: 'duration_s', p: 95 },
    spend: { sum: 'Purchase', property: 'amount', unit: 'USD', where: { plan: 'pro' } },
  },
});

/** As the night makes them. */
export const pseudonym = (id: string): string =>
  createHmac('sha256', 'a key of this bench').update(id).digest('hex').slice(0, 16);
