import { VendorError } from '@plumbline/core/errors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CursorGoneError } from './client.ts';
import type { Slice, SliceOptions } from './slices.ts';
import { readInSlices } from './slices.ts';

type Row = { id: string; created: number };

const END = 1_000_000_000;
const WHOLE: Slice[] = [{ from: 0, to: END }];

const rowsAt = (seconds: readonly number[]): Row[] =>
  seconds.toSorted((a, b) => b - a).map((created, index) => ({ id: `row_${index}`, created }));

/** A list as Stripe keeps one: newest first, filtered by `created`, pages behind a cursor. Answers come a turn later. */
function listOf(rows: readonly Row[], size = 100, options: { repeat?: boolean; gone?: Set<string> } = {}) {
  const state = { requests: 0, inFlight: 0, most: 0 };
  const page = async ({ from, to, after }: Slice) => {
    state.requests++;
    state.most = Math.max(state.most, ++state.inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    state.inFlight--;
    const there = rows.filter(({ id }) => !options.gone?.has(id));
    const cursor = after === undefined ? -1 : there.findIndex(({ id }) => id === after);
    if (after !== undefined && cursor < 0) throw new CursorGoneError('test', 'no such object', { status: 400 });
    const behind = there.slice(cursor + 1).filter(({ created }) => created >= from && created < to);
    const found = behind.slice(0, size);
    const again = options.repeat ? found.slice(0, 1) : [];
    return { rows: [...again, ...found], hasMore: behind.length > size };
  };
  return { page, state };
}

/** Reads everything; answers the ids in the order that they were taken. */
async function read(options: Omit<SliceOptions<Row>, 'name' | 'take' | 'slices'> & { slices?: Slice[] }) {
  const taken: string[] = [];
  const take = async (rows: Row[]) => void taken.push(...rows.map(({ id }) => id));
  const result = await readInSlices<Row>({ name: 'GET /v1/things', slices: WHOLE, take, ...options });
  return { taken, ...result };
}

const ids = (rows: readonly Row[]) => rows.map(({ id }) => id).sort();

const seconds = fc.array(
  fc.oneof(fc.integer({ min: 0, max: END - 1 }), fc.integer({ min: 0, max: 5 }), fc.constant(END / 2)),
  { maxLength: 120 },
);
const sizes = fc.integer({ min: 1, max: 9 });
const lanes = fc.integer({ min: 1, max: 16 });

describe('whatever the spread, the page size and the lanes', () => {
  test('every object is taken exactly once', async () => {
    const borders = fc.uniqueArray(fc.integer({ min: 1, max: END - 1 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(seconds, sizes, lanes, borders, async (created, size, count, cuts) => {
        const rows = rowsAt(created);
        const edges = [0, ...cuts.toSorted((a, b) => a - b), END / 2, END].sort((a, b) => a - b);
        const slices = edges.slice(1).map((to, index) => ({ from: edges[index] ?? 0, to }));
        const { page, state } = listOf(rows, size);
        const { taken, ...rest } = await read({ page, lanes: count, slices });
        expect({ taken: taken.sort(), ...rest }).toEqual({ taken: ids(rows), left: [] });
        expect(state.most).toBeLessThanOrEqual(count);
      }),
      { numRuns: 60 },
    );
  });

  test('an object that the vendor repeats is taken, be it twice', async () => {
    await fc.assert(
      fc.asyncProperty(seconds, sizes, lanes, async (created, size, count) => {
        const rows = rowsAt(created);
        const { taken, ...rest } = await read({ page: listOf(rows, size, { repeat: true }).page, lanes: count });
        expect({ taken: [...new Set(taken)].sort(), ...rest }).toEqual({ taken: ids(rows), left: [] });
      }),
      { numRuns: 40 },
    );
  });

  test('an object that vanishes while it is the cursor takes nothing with it, and nothing comes twice', async () => {
    await fc.assert(
      fc.asyncProperty(seconds, sizes, lanes, fc.integer({ min: 2, max: 9 }), async (created, size, count, every) => {
        const rows = rowsAt(created);
        const gone = new Set<string>();
        const list = listOf(rows, size, { gone });
        let pages = 0;
        const page = async (slice: Slice) => {
          const answer = await list.page(slice);
          const last = answer.rows.at(-1);
          if (last && ++pages % every === 0) gone.add(last.id);
          return answer;
        };
        const { taken, ...rest } = await read({ page, lanes: count });
        const missed = rows.filter(({ id }) => !gone.has(id) && !taken.includes(id));
        expect({ missed, times: taken.length, ...rest }).toEqual({ missed: [], times: new Set(taken).size, left: [] });
      }),
      { numRuns: 60 },
    );
  });

  test('what was stopped, or failed, goes on from what is left', async () => {
    await fc.assert(
      fc.asyncProperty(seconds, sizes, lanes, fc.infiniteStream(fc.nat(6)), async (created, size, count, stops) => {
        const rows = rowsAt(created);
        const taken: string[] = [];
        let isTakenAgain = false;
        let slices = WHOLE;
        for (let turn = 0; slices.length > 0; turn++) {
          let allowed = Number(stops.next().value) + 1;
          const list = listOf(rows, size);
          const result = await readInSlices<Row>({
            name: 'GET /v1/things',
            slices: JSON.parse(JSON.stringify(slices)) as Slice[],
            lanes: count,
            page: async (slice) => {
              if (turn % 3 === 1 && allowed-- <= 0) throw new Error('no answer');
              return list.page(slice);
            },
            take: async (page) => {
              await new Promise((resolve) => setImmediate(resolve));
              if (turn % 3 === 2 && allowed-- <= 0) {
                // Pages behind the one that could not be taken may have been.
                isTakenAgain = true;
                throw new Error('no room');
              }
              taken.push(...page.map(({ id }) => id));
            },
            isOver: () => turn % 3 === 0 && allowed-- <= 0,
          });
          expect(result.error === undefined || result.left.length > 0).toBe(true);
          slices = result.left;
        }
        expect((isTakenAgain ? [...new Set(taken)] : taken).sort()).toEqual(ids(rows));
      }),
      { numRuns: 60 },
    );
  });

  test('a cursor that vanished while nobody read is known by what was seen of its second', async () => {
    const rows = rowsAt([9, 9, 9, 9, 9, 9, 5]);
    const list = listOf(rows, 2);
    const first = await read({ page: list.page, lanes: 1, isOver: () => list.state.requests === 2 });
    expect(first).toEqual({
      taken: ['row_0', 'row_1', 'row_2', 'row_3'],
      left: [{ from: 0, to: 10, after: 'row_3', seen: ['row_0', 'row_1', 'row_2', 'row_3'] }],
    });
    const later = listOf(rows, 2, { gone: new Set(['row_3']) });
    expect(await read({ page: later.page, lanes: 1, slices: first.left })).toEqual({
      taken: ['row_4', 'row_5', 'row_6'],
      left: [],
    });
  });
});

describe('the requests are few more than one cursor needs, and all lanes are used', () => {
  const COUNT = 100_000;
  // Spread by a fixed sequence that looks random, so that a run can be repeated.
  const spread = (index: number) => (index * 0.618_033_988_75) % 1;
  const created = (at: (index: number) => number) => Array.from({ length: COUNT }, (_, index) => Math.floor(at(index)));

  test.each<[string, (index: number) => number, number]>([
    ['evenly', (index) => spread(index) * END, 0.9],
    ['all in one hour', (index) => END / 3 + spread(index) * 3600, 0.9],
    ['all in the last hour', (index) => END - 1 - spread(index) * 3600, 0.9],
    ['ever more of them', (index) => END * Math.sqrt(Math.sqrt(spread(index))), 0.9],
    ['in the hours of business', (index) => Math.floor(spread(index) * 11_000) * 86_400 + (index % 30_000), 0.9],
    ['in 20 imports of one second each', (index) => END - 1 - (index % 20) * 40_000_000, 0.6],
    ['half of them in one second', (index) => (index % 2 ? END / 2 : spread(index) * END), 0.05],
    ['all in one second', () => END / 2, 0.05],
  ])('%s', async (_, at, share) => {
    const rows = rowsAt(created(at));
    const starts = new Map(rows.map(({ id }, index) => [id, index]));
    const firstBelow = (second: number) => {
      let [low, high] = [0, rows.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((rows[middle]?.created ?? 0) < second) high = middle;
        else low = middle + 1;
      }
      return low;
    };
    let requests = 0;
    let turns = 0;
    let turn: Promise<unknown> | undefined;
    const page = async ({ from, to, after }: Slice) => {
      requests++;
      turn ??= new Promise((resolve) => setImmediate(resolve)).then(() => {
        turns++;
        turn = undefined;
      });
      await turn;
      const begin = after === undefined ? firstBelow(to) : (starts.get(after) ?? 0) + 1;
      const end = firstBelow(from);
      return { rows: rows.slice(begin, Math.min(begin + 100, end)), hasMore: begin + 100 < end };
    };
    const { taken, left } = await read({ page, lanes: 16 });
    expect([taken.length, new Set(taken).size, left]).toEqual([COUNT, COUNT, []]);
    const fewest = COUNT / 100;
    expect(requests).toBeLessThanOrEqual(fewest * 1.1);
    expect(requests / (16 * turns)).toBeGreaterThanOrEqual(share);
  });
});

describe('what can not be trusted is an error, with all that was not taken left', () => {
  const rows = rowsAt([30, 20, 10]);
  const failure = async (page: SliceOptions<Row>['page']) => {
    const { error, left } = await read({ page, lanes: 1 });
    return { error: String(error), left };
  };

  test('more without an object', async () => {
    expect(await failure(async () => ({ rows: [], hasMore: true }))).toEqual({
      error: 'DataError: [stripe] GET /v1/things says that there is more but its next page brings nothing new',
      left: WHOLE,
    });
  });

  test('the same page for ever', async () => {
    expect(await failure(async () => ({ rows: rows.slice(0, 1), hasMore: true }))).toEqual({
      error: 'DataError: [stripe] GET /v1/things says that there is more but its next page brings nothing new',
      left: [{ from: 0, to: 31, after: 'row_0', seen: ['row_0'] }],
    });
  });

  test.each([0, 40])('an object made outside of the slice: at %i', async (created) => {
    const page = async () => ({ rows: [{ id: 'stray', created }], hasMore: false });
    const { error, left } = await read({ page, lanes: 1, slices: [{ from: 1, to: 40 }] });
    expect([String(error), left]).toEqual([
      'DataError: [stripe] GET /v1/things holds objects made outside of the time that was asked for',
      [{ from: 1, to: 40 }],
    ]);
  });

  test('a cursor that vanishes for ever', async () => {
    const page = async ({ after }: Slice) => {
      if (after !== undefined) throw new CursorGoneError('stripe', 'GET /v1/things answered 400', { status: 400 });
      return { rows: rows.slice(0, 1), hasMore: true };
    };
    expect((await failure(page)).error).toBe('CursorGoneError: [stripe] GET /v1/things answered 400');
  });

  test('a refusal stops the other lanes too, and the first one is told', async () => {
    const refused = new VendorError('stripe', 'GET /v1/things answered 403', { status: 403 });
    let pages = 0;
    const page = async () => {
      if (pages++ > 0) throw refused;
      return { rows: rows.slice(0, 1), hasMore: true };
    };
    const { error, left, taken } = await read({ page, lanes: 4 });
    expect([error, taken]).toEqual([refused, ['row_0']]);
    expect(left).toEqual(left.toSorted((a, b) => b.from - a.from));
    const covered = left.flatMap(({ from, to }) => [from, to]);
    expect([Math.min(...covered), Math.max(...covered)]).toEqual([0, 31]);
  });
});
