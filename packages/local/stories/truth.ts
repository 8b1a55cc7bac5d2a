import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import type { Instant, Zone } from '@plumbline/core/zone';
import { endOfDay, startOfDay } from '@plumbline/core/zone';
import type { ProductEvent, Story, SubscriptionLife } from './story.ts';

// What a story's metrics are, worked out from its causes alone, in another way than the product does it: for tests to compare with.

const DAY = 86_400_000;

/** What one subscription is worth a month just before an instant, in minor units, with the product it is for. */
export function worth(story: Story, life: SubscriptionLife, instant: Instant): { product: string; amount: number } {
  let price = '';
  let quantity = 0;
  let payingFrom = Infinity;
  for (const change of life.changes) {
    if (change.at >= instant) break;
    if (change.type === 'start') {
      ({ price, quantity } = change);
      payingFrom = change.at + (change.trialDays ?? 0) * DAY;
    } else if (change.type === 'price') price = change.price;
    else if (change.type === 'quantity') quantity = change.quantity;
    else if (change.type === 'cancel' || change.type === 'cancel_at_period_end') payingFrom = Infinity;
  }
  const found = story.prices.find((candidate) => candidate.id === price);
  if (found === undefined || payingFrom >= instant) return { product: '', amount: 0 };
  const name = story.products.find((product) => product.id === found.product)?.name ?? '';
  return { product: name, amount: Math.round((found.unitAmount * quantity) / (found.interval === 'year' ? 12 : 1)) };
}

/** MRR just before an instant, in minor units; at the end of day D that is `mrrAt(story, endOfDay(D, zone))`. */
export const mrrAt = (story: Story, instant: Instant): number =>
  story.subscriptions.reduce((sum, life) => sum + worth(story, life, instant).amount, 0);

export function mrrByProductAt(story: Story, instant: Instant): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const life of story.subscriptions) {
    const { product, amount } = worth(story, life, instant);
    if (amount > 0) sums[product] = (sums[product] ?? 0) + amount;
  }
  return sums;
}

/** Who pays something just before an instant. */
const payersAt = (story: Story, instant: Instant): Set<string> =>
  new Set(story.subscriptions.filter((life) => worth(story, life, instant).amount > 0).map((life) => life.customer));

export const payingCustomersAt = (story: Story, instant: Instant): number => payersAt(story, instant).size;

/** The events of the `days` days that end with `day`, without those that were only sent twice. */
export function eventsIn(story: Story, day: Day, days: number): ProductEvent[] {
  const from = startOfDay(addDays(day, 1 - days), story.timezone);
  const to = endOfDay(day, story.timezone);
  const seen = new Set<string>();
  return story.events.filter(({ event, person, at, insertId }) => {
    if (at < from || at >= to) return false;
    if (insertId === undefined) return true;
    const key = JSON.stringify([event, person, at, insertId]);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** NPS of the trailing 30 days from each person's last answer; undefined where nobody answered. */
export function npsAt(
  story: Story,
  day: Day,
): { value: number; n: number; promoters: number; detractors: number } | undefined {
  const last = new Map<string, number>();
  for (const { event, person, properties } of eventsIn(story, day, 30))
    if (event === 'NPS Response') last.set(person, Number(properties['score']));
  const scores = [...last.values()];
  const promoters = scores.filter((score) => score >= 9).length;
  const detractors = scores.filter((score) => score <= 6).length;
  const n = scores.length;
  return n === 0 ? undefined : { value: (100 * (promoters - detractors)) / n, n, promoters, detractors };
}

/** Different people with any event in the `days` days that end with `day`. */
export const uniquesAt = (story: Story, day: Day, days: number): number =>
  new Set(eventsIn(story, day, days).map((event) => event.person)).size;

/** How often something was done on a day. */
export const countOn = (story: Story, day: Day, event: string): number =>
  eventsIn(story, day, 1).filter((one) => one.event === event).length;

export const signupsOn = (story: Story, day: Day): number => countOn(story, day, 'Sign Up');

/** When each person did something (`*` is anything), in the days from `from` to `to`. */
function timesIn(story: Story, event: string, from: Day, to: Day): Map<string, Instant[]> {
  const [begin, end] = [startOfDay(from, story.timezone), endOfDay(to, story.timezone)];
  const done = story.events.filter((one) => one.at >= begin && one.at < end && (event === '*' || one.event === event));
  return new Map(
    [...Map.groupBy(done, ({ person }) => person)].map(([person, all]) => [person, all.map(({ at }) => at)]),
  );
}

const percent = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : (100 * part) / whole);

/** Percent of those who began in 30 days and did something so much later that fits; `wait` days are left for that. */
function laterAt(
  story: Story,
  day: Day,
  [first, then]: [first: string, then: string],
  wait: number,
  fits: (later: number) => boolean,
): number | undefined {
  const from = addDays(day, -wait - 29);
  const began = timesIn(story, first, from, addDays(day, -wait));
  const all = timesIn(story, then, from, day);
  const kept = [...began].filter(([person, [start = NaN]]) => all.get(person)?.some((at) => fits(at - start)));
  return percent(kept.length, began.size);
}

/** Percent of those who did `first` in the 30 days that end `within` days before `day`, that did `then` within as many days. */
export const funnelAt = (story: Story, day: Day, steps: [first: string, then: string], within: number) =>
  laterAt(story, day, steps, within, (later) => later >= 0 && later <= within * DAY);

/** Percent of those who signed up in the 30 days that end `n` days before `day`, that did anything `n` days later or after that. */
export const retentionAt = (story: Story, day: Day, n: number) =>
  laterAt(story, day, ['Sign Up', '*'], n, (later) => later >= n * DAY);

/** Percent of those who did anything in `days` days, that used one feature. */
export function adoptionAt(story: Story, day: Day, days: number, feature: string): number | undefined {
  const events = eventsIn(story, day, days);
  const users = events.filter((one) => one.event === 'Feature Used' && one.properties['feature'] === feature);
  return percent(new Set(users.map(({ person }) => person)).size, new Set(events.map(({ person }) => person)).size);
}

const sessionsIn = (story: Story, day: Day, days: number): Story['sessions'] => {
  const from = startOfDay(addDays(day, 1 - days), story.sessionsZone);
  const to = endOfDay(day, story.sessionsZone);
  return story.sessions.filter(({ at }) => at >= from && at < to);
};

/** Different visitors of the `days` days that end with the property's date `day`. */
export const visitorsOn = (story: Story, day: Day, days = 1): number =>
  new Set(sessionsIn(story, day, days).map((session) => session.visitor)).size;

export function conversionOn(story: Story, day: Day, keyEvent = 'sign_up'): { converted: number; sessions: number } {
  const sessions = sessionsIn(story, day, 1);
  return {
    converted: sessions.filter((session) => session.keyEvents.includes(keyEvent)).length,
    sessions: sessions.length,
  };
}

/** Percent of a day that the worst of the monitors was up; time under maintenance does not count. */
export function uptimeOn(story: Story, monitors: readonly string[], day: Day, zone: Zone = story.timezone): number {
  const from = startOfDay(day, zone);
  const to = endOfDay(day, zone);
  return Math.min(
    ...monitors.map((monitor) => {
      const spent = (kind: string): number =>
        story.outages
          .filter((outage) => outage.monitor === monitor && outage.kind === kind)
          .reduce((sum, outage) => sum + Math.max(0, Math.min(to, outage.to) - Math.max(from, outage.from)), 0);
      const observed = to - from - spent('maintenance');
      return (100 * (observed - spent('down'))) / observed;
    }),
  );
}
