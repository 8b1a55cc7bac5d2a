import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, latest } from '@plumbline/core/day';
import { fromDecimal } from '@plumbline/core/rational';
import type { Pulled, Puller, PullPorts } from '@plumbline/core/source';
import { endOfDay } from '@plumbline/core/zone';
import { z } from 'zod';
import type { CustomerMemory } from './customer-memory.ts';
import { customerMemory } from './customer-memory.ts';
import { nameOf } from './catalogue.ts';
import { checkpointOf } from './checkpoint.ts';
import { createClient } from './client.ts';
import type { DayLog } from './day-log.ts';
import type { PulledDay } from './fold.ts';
import { MissingRate } from './fold.ts';
import { EVENT_DAYS } from './as-at.ts';
import type { StripeConfig } from './index.ts';
import { isTestKey, stripe as definition, WINDOW_DAYS } from './index.ts';
import { observe } from './observe.ts';
import { readAccount } from './read.ts';
import { retentionOf } from './retention.ts';
import type { Totals } from './totals.ts';
import { totalsOf } from './totals.ts';

type Ports = PullPorts<StripeConfig>;

const clientOf = (ports: Ports) => createClient({ ...ports, baseUrl: ports.baseUrl ?? definition.baseUrl });

/**
 * Reads the account once, whatever the number of days, into a ledger of what each subscription was at each day's end; then adds that up
 * day by day beside what the night before remembered of each customer. What could not be read to its end is taken up by the next run.
 */
async function* pull({ from, to }: { from: Day; to: Day }, ports: Ports): AsyncIterable<Pulled> {
  const { clock, memory, workspace, config } = ports;
  const { currency, timezone } = workspace;
  const now = clock.now();
  const told = daysFrom(from, to).filter((day) => endOfDay(day, timezone) <= now);
  const [first] = told;
  const last = told.at(-1);
  if (first === undefined || last === undefined) return;

  const rules = { ...config.mrr, currency, timezone };
  const customers = customerMemory(memory, rules);
  const all = await customers.days();
  const eve = all.find(({ day }) => day === addDays(first, -1));
  // Without a memory of the day before, or with a damaged one, it is worked out from the same reading.
  const before = eve && (await customers.isWhole(eve)) ? eve : undefined;
  const remembered = all.filter((one) => one !== eve || before);
  if (eve && !before) yield* customers.keep(remembered, [eve]);
  const days = [...(before ? [] : [addDays(first, -1)]), ...told].map((day) => pulledDay(day, first, ports));

  const checkpoint = checkpointOf(memory, {
    reading: { days: days.map(({ day, reconstructed }) => [day, reconstructed]), rules },
    ratesOf: (paidIn) => days.map(({ day }) => rateOn(day, first, paidIn, ports) ?? null),
    now,
  });
  const account = await readAccount(
    clientOf(ports),
    { days, isFirst: !before, progress: await checkpoint.resume() },
    ports,
  );
  if (!account.isWhole) {
    const { ledger, requests, left, error } = account;
    yield* checkpoint.save({ ledger, slices: left, requests });
    if (error !== undefined) throw error;
    yield { kind: 'unfinished', note: `${ledger.rows} subscription items read` };
    return;
  }

  const logs = await customers.logs(addDays(first, -WINDOW_DAYS), last);
  const writers = new Map(
    (before ? days : days.slice(1))
      .slice(-2)
      .map((day) => [day, customers.writerOf(day.day, account.ledger.rows)] as const),
  );
  const { totals, subscriptions, sha256 } = await totalsOf({
    ledger: account.ledger,
    days,
    before: before && customers.customersOf(before.day, before.parts),
    currency,
    productName: (product) => nameOf(product, account.catalogue),
    // The rates that the remembered day was converted by, whatever the table of rates says of it now.
    ratesOf: (day) => (paidIn) =>
      day ? rateOn(day.day, first, paidIn, ports) : logs.get(addDays(first, -1))?.rates[paidIn],
    writers,
  });
  const rows = subscriptions + account.rows;
  const reading = {
    catalogue: account.catalogue,
    rules: config.mrr,
    currency,
    requests: account.requests,
    rows,
    sha256,
  };

  const found: Pulled[] = [];
  for (const each of totals) {
    const rates = ratesIn(each, ports);
    const log: DayLog = {
      day: each.day.day,
      mrr: each.tally.end,
      customers: each.tally.payers,
      rates,
      changes: each.tally.changes,
      ...(each.day.reconstructed && { reconstructed: true }),
    };
    // As with the numbers: what was taken in time is not replaced.
    const known = logs.get(log.day);
    const eveOf = days.find(({ day }) => day === addDays(log.day, -1));
    if (eveOf?.reconstructed && wasInTime(known) && wasInTime(logs.get(eveOf.day))) continue;
    if (!known || known.reconstructed || !log.reconstructed) {
      logs.set(log.day, log);
      found.push(customers.log(log));
    }
    if (each.untold > 0) {
      ports.log.warn(`[stripe] ${log.day} is left out: how some subscriptions stood then can't be known any more`);
      continue;
    }
    const kept = await retentionOf(log.day, windowOf(log.day, logs), currency);
    const customersThen = logs.get(addDays(log.day, -WINDOW_DAYS))?.customers ?? 0;
    const retention = kept && { ...kept, customers: customersThen };
    for (const observation of observe(each, addDays(log.day, -1), retention, rates, reading)) {
      found.push({ kind: 'observation', ...observation });
    }
  }
  // Not before all days are told: of a pull that failed nothing is to be remembered.
  yield* found;
  yield* rememberDays(customers, remembered, [...writers.values()]);
  yield* checkpoint.clear();
}

/** Whether a night told the day while events could still tell how it ended. */
const wasInTime = (log: DayLog | undefined): boolean => log !== undefined && !log.reconstructed;

function pulledDay(day: Day, first: Day, ports: Ports): PulledDay {
  const { clock, workspace } = ports;
  const end = endOfDay(day, workspace.timezone);
  return {
    day,
    end: end / 1000,
    windowStart: endOfDay(addDays(day, -WINDOW_DAYS), workspace.timezone) / 1000,
    reconstructed: clock.now() - end > EVENT_DAYS * 86_400_000,
    rate(paidIn) {
      const text = rateOn(day, first, paidIn, ports);
      if (text !== undefined) return fromDecimal(text);
      const missing = `customers pay in ${paidIn}, and no rate to ${workspace.currency} is known for ${latest(day, first)}`;
      throw new MissingRate('stripe', `${missing}; add one to the file that the workspace names as fx`);
    },
  };
}

/** The day before the first one is not told, only compared with, so the first one's rate may stand in for one that it lacks. */
const rateOn = (day: Day, first: Day, paidIn: string, { workspace }: Ports): string | undefined =>
  workspace.fx(paidIn, day) ?? (day < first ? workspace.fx(paidIn, first) : undefined);

/** The rates that a day's customers were converted by; a currency in which nobody pays more than nothing may lack one. */
function ratesIn({ day, currencies }: Totals, { workspace }: Ports): Record<string, string> {
  const rates = [...currencies].sort().map((currency) => [currency, workspace.fx(currency, day.day)] as const);
  return Object.fromEntries(
    rates.flatMap(([currency, rate]) =>
      currency === workspace.currency || rate === undefined ? [] : [[currency, rate]],
    ),
  );
}

function* windowOf(day: Day, logs: ReadonlyMap<Day, DayLog>): Iterable<DayLog> {
  for (const each of daysFrom(addDays(day, -WINDOW_DAYS), day)) {
    const log = logs.get(each);
    if (log) yield log;
  }
}

/** The two newest days stay, for the night after and for this one again, and the last of an older stretch, for the stretch after it. */
function* rememberDays(
  customers: CustomerMemory,
  known: Awaited<ReturnType<CustomerMemory['days']>>,
  written: readonly ReturnType<CustomerMemory['writerOf']>[],
): Iterable<Pulled> {
  const fresh = written.map(({ day, parts }) => ({ day, parts }));
  const all = new Map([...known, ...fresh].map((one) => [one.day, one]));
  const newest = [...all.keys()].sort().slice(-2);
  const stays = new Set([...newest, ...fresh.slice(-1).map(({ day }) => day)]);
  for (const writer of written) if (stays.has(writer.day)) yield* writer.entries();
  const kept = [...all.values()].filter(({ day }) => stays.has(day));
  yield* customers.keep(
    kept,
    known.filter(({ day, parts }) => !kept.some((one) => one.day === day && one.parts === parts)),
  );
}

const glance = z.object({ data: z.array(z.object({ livemode: z.boolean().nullish() })) });

export const puller: Puller<StripeConfig> = {
  pull,
  async check(ports) {
    const { data } = await clientOf(ports).get('GET /v1/subscriptions', glance, (stripe) =>
      stripe.subscriptions.list({ status: 'all', limit: 1 }),
    );
    const live = data[0]?.livemode ?? !isTestKey(ports.secret);
    const warnings = [
      ...(live ? [] : ['this is test data: its numbers are not money']),
      ...(ports.secret.startsWith('sk_')
        ? ['a secret key may do anything; a restricted key that only reads is enough']
        : []),
      ...(data.length > 0 ? [] : ['there is no subscription yet']),
    ];
    return { sees: `subscriptions in ${live ? 'live' : 'test'} mode`, warnings };
  },
};
