import type { OutboxEntry } from '@plumbline/core/night';
import type { MailState, Transition } from '@plumbline/core/status';
import { type Item, type Table, type Write, isNew } from './dynamo.ts';
import { keys } from './keys.ts';
import { tableDefinition } from './table.ts';

/** What is only ever read as a whole lies in one JSON text: numbers, absence and nesting come back as they were. */
export const pack = (value: object): { body: string } => ({ body: JSON.stringify(value) });
export const unpack = (item: Item): unknown => JSON.parse(String(item['body']));

/** An outbox entry; an equal one that is waiting already is the same item. */
export const putEvent = (entry: OutboxEntry): Write & { put: Item } => ({
  put: { ...keys.outbox(entry), [tableDefinition.kind.attribute]: tableDefinition.kind.outbox, ...pack(entry) },
});

/** What is found out about a transition later lies beside its body, to be set in place. */
function putTransition({ suppressedBy, mail, ...transition }: Transition): Write {
  return {
    put: { ...keys.transition(transition.workspace, transition.id), suppressedBy, mail, ...pack(transition) },
    condition: isNew,
  };
}

export const toTransition = (item: Item): Transition => ({
  ...(unpack(item) as Omit<Transition, 'suppressedBy' | 'mail'>),
  suppressedBy: item['suppressedBy'] as string | null,
  mail: item['mail'] as MailState,
});

/** Writes that belong together: a transition with the event of the same id. */
export type Group = Write[];

/** Transitions not stored yet, each with its event, and the events that belong to none of them. */
export async function announcements(
  table: Table,
  workspace: string,
  transitions: readonly Transition[],
  events: readonly OutboxEntry[],
): Promise<Group[]> {
  const found = await table.getAll(transitions.map(({ id }) => keys.transition(workspace, id)));
  const stored = new Set(found.map((item) => item['sk']));
  const ids = new Set(transitions.map(({ id }) => id));
  return [
    ...transitions
      .filter(({ id }) => !stored.has(id))
      .map((transition) => [
        putTransition(transition),
        ...events.filter(({ id }) => id === transition.id).map(putEvent),
      ]),
    ...events.filter(({ id }) => !ids.has(id)).map((event) => [putEvent(event)]),
  ];
}
