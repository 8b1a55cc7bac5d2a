import { describe, expect, test } from 'vitest';
import { importEvents } from './mixpanel-events.ts';
import { STORY_NAMES, storyNamed } from './stories/index.ts';
import type { ProductEvent, Story } from './stories/story.ts';

const told = (events: ProductEvent[]): Story => ({
  name: 'told',
  timezone: 'UTC' as Story['timezone'],
  start: '2026-01-01' as Story['start'],
  end: '2026-01-02' as Story['end'],
  products: [],
  prices: [],
  subscriptions: [],
  sessionsZone: 'UTC' as Story['timezone'],
  sessions: [],
  events,
  monitors: [],
  outages: [],
  entries: [],
});

const signUp = (rest: Partial<ProductEvent> = {}): ProductEvent => ({
  event: 'Sign Up',
  person: 'bh0001',
  at: Date.UTC(2026, 0, 1, 12),
  insertId: 'a',
  properties: { name: 'Zoë Brandt', plan: 'free' },
  ...rest,
});

test('an event is what the import takes, without the name', () => {
  const id: unknown = expect.stringMatching(/^[0-9a-f]{36}$/);
  expect(importEvents(told([signUp()]))).toEqual([
    { event: 'Sign Up', properties: { plan: 'free', time: 1_767_268_800, distinct_id: 'bh0001', $insert_id: id } },
  ]);
});

test('copies become one, the last; events that only look alike stay two', () => {
  const copies = importEvents(told([signUp(), signUp({ properties: { plan: 'pro' } })]));
  expect(copies.map(({ properties }) => properties['plan'])).toEqual(['pro']);
  const { insertId: _, ...nameless } = signUp();
  expect(importEvents(told([nameless, nameless]))).toHaveLength(2);
});

describe.each(STORY_NAMES)('the story %s', (name) => {
  const tell = () => {
    const story = storyNamed(name);
    if (!story) throw new Error(`no story ${name}`);
    return story;
  };

  test('has the same ids each time it is told, one per event', () => {
    const [once, again] = [importEvents(tell()), importEvents(tell())];
    expect(again).toEqual(once);
    expect(new Set(once.map(({ properties }) => properties.$insert_id)).size).toBe(once.length);
  });

  test('keeps as many events as an export without copies has', () => {
    const { events } = tell();
    const keyed = events.filter(({ insertId }) => insertId !== undefined);
    const keys = new Set(keyed.map(({ event, person, at, insertId }) => JSON.stringify([event, person, at, insertId])));
    expect(importEvents(tell())).toHaveLength(keys.size + events.length - keyed.length);
  });
});
