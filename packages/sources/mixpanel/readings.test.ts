import fc from 'fast-check';
import { toDay } from '@plumbline/core/day';
import { describe, expect, test } from 'vitest';
import { lineOf } from './event-line.ts';
import type { ExportedEvent } from './export.ts';
import { foldExport } from './fold.ts';
import type { Reading } from './readings.ts';
import { createRoster, peopleOf } from './roster.ts';
import { packPairs, packPeople, unpack } from './rows.ts';

const event = (name: string, properties: Record<string, unknown> = {}): ExportedEvent => ({
  event: name,
  properties: { time: 100, ...properties },
});

/** Whatever its time, an event falls on the one day. */
const DAY = toDay('2026-02-12');
const ONE_DAY = { days: [DAY], from: DAY, to: DAY, indexOf: () => 0, shifts: [0] };
const PSEUDONYMS: Record<string, string> = { ada: 'ada0000000000000', bob: '00b0b00000000000' };

/** What a day's events make of a reading: its rows with names in place of numbers, its bytes, and how many were left out. */
function gather(reading: Reading, events: readonly ExportedEvent[]) {
  const roster = createRoster();
  const fold = foldExport(
    ONE_DAY,
    () => new Map([['it', reading]]),
    roster,
    (id) => PSEUDONYMS[id] ?? '',
  );
  for (const each of events) fold.take(lineOf(each));
  const [day] = fold.days();
  const packed = day?.pack('it') ?? new Uint8Array();
  const nameOf = (person: number): string => {
    const { high, low } = roster.pseudonymOf(person);
    const digits = [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
    return Object.keys(PSEUDONYMS).find((name) => PSEUDONYMS[name] === digits) ?? digits;
  };
  const rows = unpack(reading.kind, packed, roster);
  const pairs =
    rows && 'persons' in rows
      ? Array.from(rows.persons, (person, index) => [nameOf(person), rows.numbers[index]] as const)
      : [];
  return { rows, pairs, packed, left: day?.left.get('it') };
}

describe('collect', () => {
  test('"*" is any event but those that only say who somebody is', () => {
    const names = ['Login', '$mp_web_page_view', '$identify', '$create_alias', '$merge'];
    const { rows } = gather(
      { kind: 'hits', filter: { event: '*' } },
      names.map((name) => event(name, { $insert_id: name })),
    );
    expect(rows).toMatchObject({ count: 2 });
  });

  test('events are told apart by however many names', () => {
    const names = Array.from({ length: 10_010 }, (_, index) => `Event ${index}`);
    const events = [...names, ...names].map((name) => event(name, { $insert_id: 'x' }));
    expect(gather({ kind: 'hits', filter: { event: '*' } }, events).rows).toMatchObject({ count: 10_010 });
    expect(gather({ kind: 'hits', filter: { event: 'Event 10005' } }, events).rows).toMatchObject({ count: 1 });
  });

  test('copies with one $insert_id count once; events without one always count', () => {
    const copy = event('Buy', { $insert_id: 'x', distinct_id: 'ada' });
    const others = [
      event('Buy', { $insert_id: 'x', distinct_id: 'bob' }),
      event('Buy', { $insert_id: 'x', distinct_id: 'ada', time: 101 }),
      event('Buy', { $insert_id: 'x', distinct_id: 'ada', time: 101.5 }),
      event('Buy', { $insert_id: 'y', distinct_id: 'ada' }),
      event('Buy', { $insert_id: 'x' }),
      event('Sell', { $insert_id: 'x', distinct_id: 'ada' }),
    ];
    const without = [undefined, null, ''].map(($insert_id) => event('Buy', { distinct_id: 'ada', $insert_id }));
    const { rows } = gather({ kind: 'hits', filter: { event: '*' } }, [copy, copy, ...others, ...without, copy]);
    expect(rows).toMatchObject({ count: 1 + others.length + without.length });
  });

  test('where asks for equal properties of equal type', () => {
    const filter = { event: 'Buy', where: { plan: 'pro', seats: 5 } };
    const { rows } = gather({ kind: 'hits', filter }, [
      event('Buy', { plan: 'pro', seats: 5 }),
      event('Buy', { plan: 'pro', seats: '5' }),
      event('Buy', { plan: 'pro' }),
      event('Sell', { plan: 'pro', seats: 5 }),
    ]);
    expect(rows).toMatchObject({ count: 1 });
  });

  test('of copies that differ, the value that Mixpanel took in last stands', () => {
    const values: Reading = { kind: 'values', filter: { event: 'Buy' }, property: 'amount' };
    const copies = [
      event('Buy', { $insert_id: 'x', amount: 5, mp_processing_time_ms: 2 }),
      event('Buy', { $insert_id: 'x', amount: 9, mp_processing_time_ms: 1 }),
    ] as const;
    const read = gather(values, [...copies, event('Buy', { amount: 'much' }), event('Buy', { amount: 3 })]);
    expect(read).toMatchObject({ rows: { values: Float64Array.of(3, 5) }, left: 1 });
    expect(gather(values, [event('Buy', { amount: 3 }), ...copies.toReversed()]).packed).toEqual(read.packed);
  });

  test('a value too large to be kept exactly is left out, as anybody may send one', () => {
    const most = Number.MAX_SAFE_INTEGER / 1000;
    const events = [most, -most, 2 * most, -2 * most, JSON.parse('1e999'), JSON.parse('-1e999')];
    const values: Reading = { kind: 'values', filter: { event: 'Buy' }, property: 'amount' };
    const read = gather(
      values,
      events.map((amount) => event('Buy', { amount })),
    );
    expect(read).toMatchObject({ rows: { values: Float64Array.of(-most, most) }, left: 4 });
  });

  test("a person's last answer stands; answers without person or whole score are left out", () => {
    const answers = [
      event('NPS', { distinct_id: 'ada', score: 10, time: 200 }),
      event('NPS', { distinct_id: 'ada', score: 0, time: 100 }),
      event('NPS', { distinct_id: 'bob', score: 6 }),
      event('NPS', { score: 6 }),
      event('NPS', { distinct_id: 'bob', score: 11 }),
      event('NPS', { distinct_id: 'bob', score: 8.5 }),
      event('NPS', { distinct_id: 'bob', score: '9' }),
    ];
    const read = gather({ kind: 'scores', filter: { event: 'NPS' }, property: 'score' }, answers);
    // By pseudonym.
    expect(read.pairs).toEqual([
      ['bob', 6],
      ['ada', 10],
    ]);
    expect(read.left).toBe(4);
  });

  test.each([
    ['first', [5]],
    ['last', [172_805]],
    ['ends', [5, 86_399, 86_400, 172_799, 172_800, 172_805]],
    ['all', [5, 6, 86_399, 86_400, 172_799, 172_800, 172_801, 172_805]],
  ] as const)('of the times of a person, keeps %s', (keep, expected) => {
    const times = [172_801, 6, 86_400, 5, 86_399, 172_805, 172_799, 172_800.9, 172_800, 5];
    const told = times.map((time) => event('Buy', { time, distinct_id: 'ada' }));
    const { pairs } = gather({ kind: 'times', keep, filter: { event: 'Buy' } }, [...told, event('Buy')]);
    expect(pairs).toEqual(expected.map((time) => ['ada', time]));
  });

  test('the order of events and repeated copies change nothing', () => {
    const events = fc.array(
      fc.record({
        person: fc.constantFrom('ada', 'bob', undefined),
        time: fc.integer({ min: 1, max: 5 }),
        insertId: fc.constantFrom('a', 'b', 'c'),
        score: fc.integer({ min: -1, max: 11 }),
        ingested: fc.integer({ min: 0, max: 3 }),
      }),
      { maxLength: 30 },
    );
    const kinds: Reading[] = [
      { kind: 'people', filter: { event: '*' } },
      { kind: 'hits', filter: { event: 'NPS' } },
      { kind: 'values', filter: { event: 'NPS' }, property: 'score' },
      { kind: 'scores', filter: { event: 'NPS' }, property: 'score' },
      { kind: 'times', filter: { event: 'NPS' }, keep: 'first' },
      { kind: 'times', filter: { event: 'NPS' }, keep: 'last' },
      { kind: 'times', filter: { event: 'NPS' }, keep: 'ends' },
      { kind: 'times', filter: { event: 'NPS' }, keep: 'all' },
    ];
    fc.assert(
      fc.property(events, fc.integer(), fc.constantFrom(...kinds), (drafts, seed, reading) => {
        const told = drafts.map(({ person, time, insertId, score, ingested }) => {
          const properties = {
            time,
            $insert_id: insertId,
            distinct_id: person,
            score,
            mp_processing_time_ms: ingested,
          };
          return event('NPS', properties);
        });
        const shuffled = [...told, ...told.slice(0, 5)]
          .map((each, index) => ({ each, at: Math.imul(index + 1, seed | 1) >>> 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ each }) => each);
        expect(gather(reading, shuffled).packed).toEqual(gather(reading, told).packed);
      }),
    );
  });
});

describe('what is remembered', () => {
  const lists = (kind: 'scores' | 'times') =>
    fc.uniqueArray(fc.record({ person: fc.nat(40), number: fc.nat(kind === 'scores' ? 10 : 2 ** 32 - 1) }), {
      selector: ({ person, number }) => `${person} ${number}`,
    });

  test('comes back as it was to another pull, an empty day too', () => {
    fc.assert(
      fc.property(lists('scores'), lists('times'), (scores, times) => {
        for (const [kind, list] of [['scores', scores] as const, ['times', times] as const]) {
          const [before, after] = [createRoster(), createRoster()];
          after.numberOf(7, 7);
          const persons = Uint32Array.from(list, ({ person }) =>
            before.numberOf(Math.imul(person, 0x9e3779b1) >>> 0, 1),
          );
          const numbers = Uint32Array.from(list, ({ number }) => number);
          const packed = packPairs(kind, persons, numbers, before);
          const rows = unpack(kind, packed, after);
          if (!rows || !('persons' in rows)) throw new Error('nothing came back');
          expect(packPairs(kind, rows.persons, rows.numbers, after)).toEqual(packed);
          expect(rows.numbers.toSorted()).toEqual(numbers.toSorted());

          const people = packPeople(peopleOf(persons), before);
          const back = unpack('people', people, after);
          expect(back?.kind === 'people' && packPeople(back.people, after)).toEqual(people);
          expect(people).toHaveLength(1 + 8 * new Set(persons).size);
        }
      }),
    );
    expect(packPeople(new Uint32Array(0), createRoster())).toHaveLength(1);
  });

  test('bytes of another layout are not taken', () => {
    const roster = createRoster();
    expect(unpack('people', new Uint8Array([9]), roster)).toBeUndefined();
    expect(unpack('people', new Uint8Array([1, 2, 3]), roster)).toBeUndefined();
    expect(unpack('people', new Uint8Array(), roster)).toBeUndefined();
  });
});
