import type { Calendar } from './build.ts';
import { written } from './build.ts';
import type { Entry } from './story.ts';

/** The days on which the weeks' bills are booked: each Sunday, and the plan's last day. */
const BOOKED = [7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77, 84, 90] as const;

type Weeks = readonly number[];

const same = (amount: number): Weeks => BOOKED.map(() => amount);
const sumOf = (...parts: Weeks[]): Weeks =>
  BOOKED.map((_, week) => parts.reduce((sum, part) => sum + (part[week] ?? 0), 0));

/** What the company spends a week, in dollars: within its plan on the whole, but over it for social media, servers and lawyers. */
export function spendingOf(calendar: Calendar): Entry[] {
  const google = [0, 0, 0, 1_800, 6_400, 8_900, 9_800, 10_200, 11_400, 11_900, 10_600, 11_100, 9_300];
  const social = [0, 0, 0, 1_100, 4_200, 7_900, 9_600, 9_900, 8_800, 9_100, 8_400, 8_700, 6_900];
  const ads = sumOf(google, social);
  const content = [1_500, 3_200, 3_800, 2_400, 3_600, 4_100, 3_300, 4_000, 4_400, 4_100, 4_600, 4_200, 3_700];
  const influencers = [0, 0, 2_000, 6_500, 2_000, 0, 4_000, 0, 5_000, 0, 3_500, 0, 0];
  const events = [0, 0, 0, 0, 0, 0, 1_800, 0, 0, 7_500, 2_400, 0, 0];
  const marketing = sumOf(ads, content, influencers, events);
  const billing = [2_400, 2_400, 2_300, 2_100, ...same(1_900).slice(4)];
  const servers = [2_100, 2_200, 2_400, 4_800, 3_300, 3_400, 3_500, 3_600, 4_000, 4_100, 4_200, 4_300, 4_100];
  const features = same(2_100);
  const engineering = sumOf(billing, servers, features);
  const sellers = [900, 900, 1_400, 1_900, ...same(2_300).slice(4)];
  const tools = same(650);
  const pilots = [0, 0, 0, 0, 0, 0, 900, 1_100, 1_200, 1_100, 900, 800, 700];
  const sales = sumOf(sellers, tools, pilots);
  const consultant = [0, 0, 0, 2_400, ...same(2_600).slice(4)];
  const lawyers = [1_200, 3_900, 3_400, 1_900, ...same(1_300).slice(4)];
  const compliance = sumOf(consultant, lawyers);
  const lines = {
    spend_google_ads: google,
    spend_social_ads: social,
    spend_paid_ads: ads,
    spend_content: content,
    spend_influencers: influencers,
    spend_events: events,
    spend_marketing: marketing,
    spend_billing_system: billing,
    spend_infrastructure: servers,
    spend_product_features: features,
    spend_engineering: engineering,
    spend_sales_team: sellers,
    spend_sales_tools: tools,
    spend_pilots: pilots,
    spend_sales: sales,
    spend_soc2_consultant: consultant,
    spend_legal: lawyers,
    spend_compliance: compliance,
    spend_total: sumOf(marketing, engineering, sales, compliance),
  };
  return Object.entries(lines).flatMap(([metric, weeks]) =>
    // The first bill covers the days since the first one, on which the books are opened.
    written(calendar, metric, [[1, 0], ...BOOKED.map((day, week): [number, number] => [day, weeks[week] ?? 0])]),
  );
}
