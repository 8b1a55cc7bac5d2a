import { createHash } from 'node:crypto';
import type { ProductEvent, Story } from './stories/story.ts';

/** An event as Mixpanel's import takes it; `time` in seconds: https://docs.mixpanel.com/reference/import-events */
export type ImportEvent = {
  event: string;
  properties: {
    time: number;
    distinct_id: string;
    $insert_id: string;
    [property: string]: string | number | boolean;
  };
};

/** The import takes no longer ids. */
const ID_LENGTH = 36;

/**
 * What a story's people did, in its order, made for the import: each event once, under an id that is the same every time, so that
 * sending it again changes nothing. People's names stay at home.
 */
export function importEvents(story: Story): ImportEvent[] {
  const events = new Map<string, ImportEvent>();
  const nameless = new Map<string, number>();
  for (const told of story.events) {
    const what = JSON.stringify([story.name, told.event, told.person, told.at]);
    const id = idOf(`${what} ${told.insertId ?? `#${next(nameless, what)}`}`);
    // Of copies the last one stands, as on Mixpanel's screen.
    events.set(id, toImport(told, id));
  }
  return [...events.values()];
}

/** Without an id of their own, events alike are not copies: the second is another one than the first. */
function next(counts: Map<string, number>, what: string): number {
  const count = (counts.get(what) ?? 0) + 1;
  counts.set(what, count);
  return count;
}

const idOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, ID_LENGTH);

function toImport({ event, person, at, properties }: ProductEvent, id: string): ImportEvent {
  const { name: _name, ...kept } = properties;
  return { event, properties: { ...kept, time: Math.floor(at / 1000), distinct_id: person, $insert_id: id } };
}
