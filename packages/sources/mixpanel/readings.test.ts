import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExportedEvent } from './export.ts';
import { decode, encode } from './memory.ts';
import { collect, momentOf } from './readings.ts';
import type { Reading } from './readings.ts';

const event = (name: string, properties: Record<string, unknown> = {}): ExportedEvent => ({
  event: name,
  properties: { time: 100, ...properties },
});

const ADA = 'ada0000000000000';
const BOB = 'b0b0000000000000';

function gather(reading: Reading, events: readonly (readonly [ExportedEvent, string?])[]) {
  const collector = collect(reading);
  for (const [event, person] of events) collector.add(event, person);
  return { lines: collector.lines(), left: collector.left() };
}

describe('collect', () => {
  test('"*" is any event but those that only say who somebody is', () => {
    const names = ['Login', '$mp_web_page_view', '$identify', '$create_alias', '$merge'];
    const { lines } = gather(
      { kind: 'hits', filter: { event: '*' } },
      names.map((name) => [event(name, { $insert_id: name })]),
    );
    expect(lines).toHaveLength(2);
  });

  test('copies with one $insert_id count once; events without one always count', () => {
    const hits: Reading = { kind: 'hits', filter: { event: 'Buy' } };
    const copy = event('Buy', { $insert_id: 'x', distinct_id: 'ada' });
    const others = [
      event('Buy', { $insert_id: 'x', distinct_id: 'bob' }),
      event('Buy', { $insert_id: 'x', distinct_id: 'ada', time: 101 }),
      event('Buy', { $insert_id: 'y', distinct_id: 'ada' }),
    ];
    const without = event('Buy', { distinct_id: 'ada' });
    const { lines } = gather(
      hits,
      [copy, copy, ...others, without, without].map((each) => [each]),
    );
    expect(lines).toHaveLength(6);
  });

  test('where asks for equal properties of equal type', () => {
    const filter = { event: 'Buy', where: { plan: 'pro', seats: 5 } };
    const { lines } = gather({ kind: 'hits', filter }, [
      [event('Buy', { plan: 'pro', seats: 5 })],
      [event('Buy', { plan: 'pro', seats: '5' })],
      [event('Buy', { plan: 'pro' })],
      [event('Sell', { plan: 'pro', seats: 5 })],
    ]);
    expect(lines).toHaveLength(1);
  });

  test('of copies that differ, the value that Mixpanel took in last stands', () => {
    const values: Reading = { kind: 'values', filter: { event: 'Buy' }, property: 'amount' };
    const copies = [
      event('Buy', { $insert_id: 'x', amount: 5, mp_processing_time_ms: 2 }),
      event('Buy', { $insert_id: 'x', amount: 9, mp_processing_time_ms: 1 }),
    ] as const;
    const read = gather(values, [[copies[0]], [copies[1]], [event('Buy', { amount: 'much' })]]);
    expect(read.lines.map((line) => line.slice(16))).toEqual(['5']);
    expect(read.left).toBe(1);
    expect(gather(values, [[copies[1]], [copies[0]]]).lines).toEqual(read.lines);
  });

  test("a person's last answer stands; answers without person or whole score are left out", () => {
    const scores: Reading = { kind: 'scores', filter: { event: 'NPS' }, property: 'score' };
    const answers = [
      [event('NPS', { score: 10, time: 200 }), ADA],
      [event('NPS', { score: 0, time: 100 }), ADA],
      [event('NPS', { score: 6 }), BOB],
      [event('NPS', { score: 6 }), undefined],
      [event('NPS', { score: 11 }), BOB],
      [event('NPS', { score: 8.5 }), BOB],
      [event('NPS', { score: '9' }), BOB],
    ] as const;
    expect(gather(scores, answers)).toEqual({ lines: [`${ADA}0a`, `${BOB}06`], left: 4 });
  });

  test.each([
    ['first', [5]],
    ['last', [172_805]],
    ['ends', [5, 86_399, 86_400, 172_799, 172_800, 172_805]],
    ['all', [5, 6, 86_399, 86_400, 172_799, 172_800, 172_801, 172_805]],
  ] as const)('of the times of a person, keeps %s', (keep, expected) => {
    const times = [172_801, 6, 86_400, 5, 86_399, 172_805, 172_799, 172_800.9, 172_800, 5];
    const told = times.map((time) => [event('Buy', { time }), ADA] as const);
    const { lines } = gather({ kind: 'times', keep, filter: { event: 'Buy' } }, [...told, [event('Buy')]]);
    expect(lines.map(momentOf)).toEqual(expected.map((time) => [ADA, time]));
  });

  test('the order of events and repeated copies change nothing', () => {
    const events = fc.array(
      fc.record({
        person: fc.constantFrom(ADA, BOB, undefined),
        time: fc.integer({ min: 0, max: 5 }),
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
          return [event('NPS', properties), person] as const;
        });
        const shuffled = [...told, ...told.slice(0, 5)]
          .map((each, index) => ({ each, at: Math.imul(index + 1, seed | 1) >>> 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ each }) => each);
        expect(gather(reading, shuffled).lines).toEqual(gather(reading, told).lines);
      }),
    );
  });
});

describe('what is remembered', () => {
  test('comes back as it was, an empty day too', () => {
    const line = (width: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${width}}$`));
    fc.assert(
      fc.property(fc.array(line(16)), fc.array(line(18)), fc.array(line(24)), (people, scores, times) => {
        expect(decode(encode(times), 'times')).toEqual(times);
        expect(decode(encode(people), 'people')).toEqual(people);
        expect(decode(encode(scores), 'scores')).toEqual(scores);
      }),
    );
    expect(encode([])).toHaveLength(1);
  });

  test('bytes of another layout are not taken', () => {
    expect(decode(new Uint8Array([9]), 'people')).toBeUndefined();
    expect(decode(new Uint8Array([1, 2, 3]), 'people')).toBeUndefined();
    expect(decode(new Uint8Array(), 'people')).toBeUndefined();
  });
});
