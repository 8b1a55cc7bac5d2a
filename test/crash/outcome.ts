import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { addDays, toDay } from '@plumbline/core/day';
import { startEngine } from '@plumbline/store/engine';
import { openStore } from '@plumbline/store/open';
import type { Store } from '@plumbline/store/types';
import { z } from 'zod';
import { EVES, NIGHT, WORKSPACE } from './company.ts';
import { CLIENT } from './tables.ts';

/** Where a machine keeps real numbers. */
export const TABLE = 'plumbline';

const FIRST = toDay('2026-01-01');
const LAST = addDays(toDay(NIGHT), 30);

const event = z.object({
  'detail-type': z.string(),
  detail: z.object({
    metadata: z.object({ id: z.string() }),
    data: z.looseObject({ source: z.string().optional(), day: z.string() }),
  }),
});

/** What the world outside has seen: events, our own ids of the mails that were accepted, and what was given up. */
export type Seen = { events: unknown[]; mails: string[]; deadLetters: string[] };

/** All that a night leaves, without the instants and the vendors' ids, which no two runs share. */
export async function outcomeOf(store: Store, seen: Seen) {
  const [snapshots, judgements, transitions, mails, nights, waiting, unreachable] = await Promise.all([
    store.snapshots.span(WORKSPACE, FIRST, LAST),
    Promise.all([...EVES, NIGHT].map((day) => store.judgements.latest(WORKSPACE, toDay(day)))),
    store.transitions.list(WORKSPACE, FIRST, LAST),
    store.mails.list(WORKSPACE, FIRST, LAST),
    store.nights.list(WORKSPACE, FIRST, LAST),
    store.outbox.pending(WORKSPACE),
    store.unreachable.list(WORKSPACE),
  ]);
  return {
    snapshots: byKey(
      snapshots,
      ({ day, metric }) => `${day} ${metric}`,
      ({ value, state, revision, n, quality, breakdown, earlier }) => [
        value,
        state,
        revision,
        n,
        quality,
        breakdown,
        earlier.map((one) => [one.revision, one.state, one.value, one.n, one.quality]),
      ],
    ),
    states: byKey(
      judgements.flatMap((judgement) => judgement?.states.map((state) => ({ ...state, night: judgement.night })) ?? []),
      ({ night, indicator }) => `${night} ${indicator}`,
      (state) => state,
    ),
    transitions: byKey(
      transitions,
      ({ id }) => id,
      ({ mail, ...rest }) => [{ ...rest, at: undefined }, mail.state, mail.to],
    ),
    mails: byKey(
      mails,
      ({ id }) => id,
      ({ state, to, dri, insteadOf, reviews, transitions: about, subject }) => [
        state,
        to,
        dri,
        insteadOf,
        reviews,
        about,
        subject,
      ],
    ),
    nights: byKey(
      nights,
      ({ day }) => day,
      ({ closedAt, sources }) => [
        closedAt === undefined ? 'open' : 'closed',
        sources.map(({ source, state }) => `${source} ${state}`),
      ],
    ),
    published: byKey(
      [
        ...Map.groupBy(
          seen.events.map((one) => event.parse(one)),
          nameOf,
        ),
      ],
      ([name]) => name,
      ([, copies]) => new Set(copies.map(({ detail }) => detail.metadata.id)).size,
    ),
    mailed: byKey(
      [...Map.groupBy(seen.mails, (id) => id)],
      ([id]) => id,
      ([, copies]) => copies.length,
    ),
    unreachable: byKey(
      unreachable,
      ({ dri }) => dri,
      ({ email, why, mail }) => [email, why, mail],
    ),
    waiting: byKey(
      waiting,
      ({ id }) => id,
      () => true,
    ),
    deadLetters: byKey(
      seen.deadLetters,
      (letter) => letter,
      () => true,
    ),
  };
}

/** An event's own id, but for what a source brought: there it names the moment too. */
const nameOf = ({ 'detail-type': type, detail: { metadata, data } }: z.infer<typeof event>): string =>
  type === 'Snapshots Recorded' ? `${type} ${data.source} of ${data.day}` : `${type} ${metadata.id}`;

export type Outcome = Awaited<ReturnType<typeof outcomeOf>>;

const byKey = <T>(rows: readonly T[], key: (row: T) => string, value: (row: T) => unknown): Record<string, string> =>
  Object.fromEntries(rows.map((row) => [key(row), JSON.stringify(value(row)) ?? 'undefined']));

/** A line for each thing that one has and the other has not, or has otherwise. */
export function differences(found: Outcome, expected: Outcome): string[] {
  const parts = Object.keys(expected) as (keyof Outcome)[];
  return parts.flatMap((part) => {
    const [here, there] = [found[part], expected[part]];
    const keys = [...new Set([...Object.keys(here), ...Object.keys(there)])].toSorted();
    return keys.flatMap((key) =>
      here[key] === there[key]
        ? []
        : [`${part} ${key}: ${here[key] ?? 'absent'}, undisturbed ${there[key] ?? 'absent'}`],
    );
  });
}

/** What lies in a database on which nobody works. */
export async function outcomeIn(file: string, seen: Seen): Promise<Outcome> {
  const engine = await startEngine({ file });
  const client = new DynamoDBClient({ ...CLIENT, endpoint: engine.endpoint });
  try {
    return await outcomeOf(openStore({ client, table: TABLE }), seen);
  } finally {
    client.destroy();
    await engine.stop();
  }
}
