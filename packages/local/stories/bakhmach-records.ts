import type { Calendar } from './build.ts';
import { byDay, seeded, written } from './build.ts';
import type { Entry, Outage } from './story.ts';

/** The monitors went down seven times and into maintenance once; the bad day is in week 8. */
export function outagesOf(calendar: Calendar): Outage[] {
  const outage = (monitor: string, when: string, minutes: number, kind: Outage['kind'] = 'down'): Outage => {
    const from = calendar.at(`2026-${when}`);
    return { monitor, from, to: from + minutes * 60_000, kind };
  };
  return [
    outage('5678', '01-13 14:02', 4),
    outage('5678', '01-20 10:31', 3),
    outage('1234', '01-27 18:45', 5),
    outage('5678', '02-09 11:20', 6),
    outage('1234', '02-24 09:12', 9),
    outage('5678', '02-24 09:12', 40),
    outage('5678', '03-10 06:00', 30, 'maintenance'),
    outage('5678', '03-17 16:08', 2),
  ];
}

/** What the team writes down, by plan day. */
export function entriesOf(calendar: Calendar): Entry[] {
  const random = seeded(77);
  const note = (metric: string, ...values: [number, number][]): Entry[] => written(calendar, metric, values);
  const days = calendar.days.slice(30);
  const badDays: Record<number, number> = { 20: 63, 33: 58, 54: 171, 55: 66, 76: 54 };
  const latency = days.map((_, index): [number, number] => {
    const n = index + 1;
    const usual = n <= 7 ? 138 + random.below(20) : n <= 14 ? 84 + random.below(14) : 40 + random.below(9);
    return [n, badDays[n] ?? usual];
  });
  return byDay([
    ...note('latency_p95', ...latency),
    ...note('members', [1, 13], [3, 31], [5, 44], [7, 56], [10, 71], [14, 102], [17, 116], [21, 133], [28, 158]),
    ...note(
      'members',
      [35, 187],
      [42, 214],
      [49, 243],
      [56, 271],
      [63, 296],
      [70, 318],
      [77, 338],
      [84, 353],
      [90, 361],
    ),
    ...note('team_size', [1, 3], [15, 5], [43, 6], [71, 7]),
    ...note('offers_accepted', [4, 1], [6, 1]),
    ...note('offers_pending', [1, 0], [2, 1], [4, 2], [15, 0]),
    ...note(
      'user_interviews',
      [9, 2],
      [10, 3],
      [12, 2],
      [14, 4],
      [18, 3],
      [25, 4],
      [32, 3],
      [39, 2],
      [46, 4],
      [53, 3],
      [67, 5],
      [81, 4],
    ),
    ...note(
      'sales_conversations',
      [16, 3],
      [18, 4],
      [20, 4],
      [24, 3],
      [31, 6],
      [34, 5],
      [38, 7],
      [41, 4],
      [48, 6],
      [62, 5],
      [75, 8],
    ),
    ...note('deals_closed', [18, 1], [21, 2], [32, 2], [39, 2], [40, 2], [55, 1], [74, 1], [82, 2]),
    ...note(
      'content_published',
      [10, 1],
      [13, 1],
      [27, 1],
      [34, 1],
      [48, 1],
      [55, 1],
      [62, 1],
      [69, 1],
      [76, 1],
      [83, 1],
    ),
    ...note('features_released', [1, 5], [11, 1], [17, 1], [20, 1], [33, 1], [37, 1], [41, 2], [65, 1], [79, 2]),
    ...note('help_articles', [3, 2], [5, 4], [7, 5]),
    ...note('pricing_variations', [13, 2]),
    ...note('feedback_implemented', [13, 1], [27, 3], [41, 6]),
    ...note('highlight_posts', [9, 1], [11, 1], [13, 1]),
    ...note('journalists_contacted', [11, 4], [13, 4], [17, 3]),
    ...note('concurrent_users_capacity', [13, 200], [20, 540], [34, 760], [46, 1150]),
    ...note('case_studies', [21, 0], [44, 1], [52, 3], [56, 4], [66, 5], [80, 6]),
    ...note('enterprise_leads', [22, 3], [30, 8], [37, 13], [42, 16], [56, 21], [70, 26]),
    ...note('enterprise_prospects', [28, 2], [44, 6], [50, 9], [55, 12]),
    ...note('enterprise_pilots', [29, 0], [58, 1], [64, 2], [69, 3]),
    ...note('press_mentions', [12, 1], [61, 1]),
    ...note('test_coverage', [7, 74], [14, 88], [21, 91], [28, 92], [42, 90], [56, 93], [70, 94], [84, 94]),
    ...note(
      'task_completion',
      [7, 92],
      [14, 88],
      [21, 91],
      [28, 94],
      [35, 90],
      [42, 86],
      [49, 91],
      [56, 93],
      [63, 95],
      [70, 90],
      [77, 92],
      [84, 96],
    ),
    ...note('sprint_velocity', [14, 31], [21, 34], [28, 29], [42, 37], [56, 41], [70, 40], [84, 44]),
    ...note('user_satisfaction', [28, 86], [56, 89], [70, 91], [84, 92]),
    ...note('event_attendance', [26, 64], [40, 87], [68, 112]),
    ...note('support_response_time', [7, 9], [14, 7.5], [28, 6], [42, 8], [56, 5], [70, 4], [84, 3.5]),
  ]);
}
