import type { Calendar } from './build.ts';
import { byDay, seeded, written } from './build.ts';
import { spendingOf } from './codementor-spending.ts';
import type { Entry, Outage } from './story.ts';

/** The API breaks under the launch's load, and goes down for minutes now and then. */
export function outagesOf(calendar: Calendar): Outage[] {
  const outage = (monitor: string, when: string, minutes: number, kind: Outage['kind'] = 'down'): Outage => {
    const from = calendar.at(`2026-${when}`);
    return { monitor, from, to: from + minutes * 60_000, kind };
  };
  return [
    outage('2102', '01-14 09:20', 7),
    outage('2101', '01-28 10:05', 12),
    outage('2102', '01-28 10:05', 47),
    outage('2102', '01-29 06:31', 5),
    outage('2101', '02-15 01:00', 45, 'maintenance'),
    outage('2102', '02-19 12:40', 3),
    outage('2102', '03-08 03:10', 4),
    outage('2102', '03-11 08:15', 3),
    outage('2101', '03-25 13:02', 2),
  ];
}

/** What the team writes down, by plan day. */
export function entriesOf(calendar: Calendar): Entry[] {
  const random = seeded(88);
  const note = (metric: string, ...values: [number, number][]): Entry[] => written(calendar, metric, values);
  const days = calendar.days.slice(30);
  const badDays: Record<number, number> = { 24: 940, 25: 410, 46: 322, 66: 231, 80: 214 };
  const latency = days.map((_, index): [number, number] => {
    const n = index + 1;
    const usual = n <= 30 ? 230 + random.below(40) : n <= 60 ? 190 + random.below(40) : 150 + random.below(35);
    return [n, badDays[n] ?? usual];
  });
  const tutor = days.map((_, index): [number, number] => [
    index + 1,
    Number((3.1 - index * 0.017 + random.next() * 0.4).toFixed(2)),
  ]);
  return byDay([
    ...note('latency_p95', ...latency),
    ...note('ai_response_p95', ...tutor),
    ...note(
      'total_users',
      [1, 96],
      [8, 142],
      [15, 189],
      [22, 251],
      [24, 903],
      [25, 1_118],
      [30, 1_392],
      [37, 1_511],
      [44, 1_630],
      [51, 1_749],
      [60, 1_903],
    ),
    ...note('total_users', [67, 2_046], [74, 2_190], [81, 2_335], [90, 2_518]),
    ...note('team_size', [1, 6], [18, 7], [29, 9], [45, 11], [59, 12], [75, 13]),
    ...note('hires', [18, 1], [29, 2], [45, 2], [59, 1], [75, 1]),
    ...note(
      'content_published',
      [11, 1],
      [13, 2],
      [15, 2],
      [18, 3],
      [20, 1],
      [33, 4],
      [40, 5],
      [47, 3],
      [54, 5],
      [61, 4],
      [75, 3],
    ),
    ...note('demo_videos', [14, 1], [17, 1], [20, 1]),
    ...note('legal_documents', [8, 1], [11, 2], [14, 3], [19, 4]),
    ...note('channels_ready', [22, 1], [26, 3], [29, 4]),
    ...note('product_hunt_rank', [24, 4], [25, 3]),
    ...note('press_mentions', [24, 1], [27, 2], [52, 1]),
    ...note('nurture_emails', [13, 2], [17, 2], [20, 1]),
    ...note('social_posts', [13, 9], [16, 11], [20, 11]),
    ...note('content_calendar_days', [10, 30], [20, 60], [29, 90]),
    ...note('influencers_contacted', [20, 4], [21, 3], [22, 4]),
    ...note('ad_keywords', [30, 24], [35, 61], [42, 112]),
    ...note('ad_variants_tested', [33, 4], [38, 3], [42, 2], [45, 3]),
    ...note('creatives_tested', [38, 6], [43, 8], [48, 7]),
    ...note('seo_keywords', [35, 12], [42, 21], [49, 33], [56, 46], [60, 52]),
    ...note('videos_published', [32, 1], [35, 1], [39, 2], [45, 1], [53, 1], [55, 2]),
    ...note('podcast_appearances', [36, 1], [44, 1], [50, 1], [57, 1], [63, 1]),
    ...note('customer_acquisition_cost', [37, 171], [44, 158], [51, 139], [60, 128], [74, 117], [90, 112]),
    ...note('enterprise_leads', [31, 2], [38, 6], [45, 11], [52, 17], [59, 22], [73, 34], [87, 43]),
    ...note('enterprise_pilots', [47, 1], [54, 3], [60, 4], [66, 5]),
    ...note('target_accounts', [40, 45], [44, 80], [49, 104]),
    ...note('case_studies', [34, 1]),
    ...note('education_deals', [68, 2], [72, 1]),
    ...note('corporate_deals', [58, 1], [83, 1]),
    ...note('education_deal_value', [68, 20_000], [72, 18_500]),
    ...note('corporate_deal_value', [58, 52_000], [83, 74_000]),
    ...note('deals_closed', [58, 1], [68, 2], [72, 1], [83, 1]),
    ...note('contracts_signed', [58, 52_000], [68, 41_000], [72, 18_500], [83, 74_000]),
    ...note(
      'pipeline_value',
      [31, 90_000],
      [45, 340_000],
      [59, 760_000],
      [66, 980_000],
      [73, 1_240_000],
      [80, 1_510_000],
      [87, 1_680_000],
    ),
    ...note('win_rate', [66, 21], [73, 26], [80, 24], [87, 27]),
    ...note('soc2_controls', [29, 4], [36, 15], [43, 27], [50, 38], [57, 47], [60, 51], [74, 58], [88, 66]),
    ...note('features_released', [30, 1], [41, 1], [44, 2], [52, 1], [59, 2], [65, 1], [72, 1], [79, 1], [85, 1]),
    ...note('webinars', [67, 1], [79, 1]),
    ...note('conferences', [71, 1]),
    ...note('referral_free_months', [61, 0], [68, 1]),
    ...note('student_discount', [61, 0], [73, 50]),
    ...note('annual_discount', [61, 0], [86, 25]),
    ...note('student_share', [70, 9], [77, 14], [84, 22], [90, 24]),
    ...note('support_response_time', [8, 11], [15, 9], [24, 31], [30, 14], [44, 8], [60, 6], [74, 5], [88, 5]),
    ...note('translation_progress', [61, 12], [68, 48], [70, 71], [77, 96], [84, 100]),
    ...note('mexico_readiness', [63, 5], [70, 20], [77, 40], [84, 65], [90, 85]),
    ...spendingOf(calendar),
  ]);
}
