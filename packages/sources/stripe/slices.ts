import { DataError } from '@plumbline/core/errors';
import { isCursorGone } from './client.ts';

/**
 * A part of a list that is still to be read: objects with `from` <= `created` < `to` (Unix seconds), newest first. `after` is the object
 * to go on behind, `seen` what was taken already of the slice's last second, should that object vanish.
 */
export type Slice = { from: number; to: number; after?: string; seen?: string[] };

type Row = { id: string; created: number };

export type SliceOptions<T extends Row> = {
  /** As errors name the list: `GET /v1/subscriptions`. */
  name: string;
  slices: readonly Slice[];
  /** The most slices that are read side by side. */
  lanes: number;
  page(slice: Slice): Promise<{ rows: T[]; hasMore: boolean }>;
  /** May overlap with the next pages of the same slice, and is called in their order. A few calls for each lane are under way at most. */
  take(rows: T[]): Promise<void>;
  /** Asked between pages: true stops, and what is left is answered. */
  isOver?(): boolean;
};

/** Where a slice goes on: below the second before `to`, and behind `after` in it. `count` of `seen` had come by then. */
type Position = { to: number; after: string | undefined; seen: Set<string>; count: number };

/** A slice while it is read. */
type Run = {
  /** Rises when the lower part is given to another lane. */
  from: number;
  /** What is asked for. It stays while there is a cursor, so that nothing depends on a page being sorted to the second. */
  to: number;
  position: Position;
  /** As far as `take` is through; undefined when all is taken. */
  taken: Position | undefined;
  /** How many cursors vanished since the last new object. */
  lost: number;
  /** All is read, though perhaps not taken. */
  isRead: boolean;
  /** What the last page showed: its lowest second, and the seconds that a full page spans there. */
  pace?: { at: number; secondsPerPage: number };
};

/** This part of all requests, and one for each lane, may be lost to pages that splitting leaves empty or half full. */
const LOST_TO_SPLITS = 0.04;
/** A slice that seems to have fewer pages left is not split. */
const WORTH_SPLITTING = 3;
/** About so many pages ahead the objects are trusted to lie as densely as on the last page. */
const TRUSTED_PAGES = 8;
const MOST_LOST_CURSORS = 3;
/** So many pages of a slice may still be with `take` when the next one is asked for. */
const PAGES_BEHIND = 3;

/**
 * Reads a list by `created`, many slices side by side. Whenever a lane is idle, the slice that seems to have the most left is split, so
 * that all lanes stay busy however the objects are spread, with few requests more than a single cursor needs. Every object is taken at
 * least once, and only once unless the vendor repeats it. Never rejects: after an error the other lanes settle, and `left` holds all
 * that was not fully taken, fit to be passed in again.
 */
export async function readInSlices<T extends Row>(
  options: SliceOptions<T>,
): Promise<{ left: Slice[]; error?: unknown }> {
  const waiting = [...options.slices];
  const running = new Map<Run, Promise<void>>();
  const left: Slice[] = [];
  const failed: { error?: unknown } = {};
  const read = { requests: 0, rows: 0, pageSize: 1 };
  const isOver = () => 'error' in failed || (options.isOver?.() ?? false);

  /** The next page, or undefined where its cursor vanished: then the second that it stood in is read again. */
  async function nextPage(run: Run) {
    const asked: Slice = { from: run.from, to: run.to };
    if (run.position.after !== undefined) asked.after = run.position.after;
    read.requests++;
    try {
      const page = await options.page(asked);
      const strayed = page.rows.some(({ created }) => created < asked.from || created >= asked.to);
      if (strayed)
        throw new DataError('stripe', `${options.name} holds objects made outside of the time that was asked for`);
      read.rows += page.rows.length;
      read.pageSize = Math.max(read.pageSize, page.rows.length);
      return page;
    } catch (error) {
      if (asked.after === undefined || !isCursorGone(error) || run.lost === MOST_LOST_CURSORS) throw error;
      run.lost++;
      run.to = run.position.to;
      run.position = { ...run.position, after: undefined };
      return undefined;
    }
  }

  async function readSlice(run: Run): Promise<void> {
    let cursors = new Set<string>();
    const taking: Promise<void>[] = [];
    try {
      for (let hasMore = true; hasMore && !isOver();) {
        // oxlint-disable-next-line no-await-in-loop -- a page begins where the one before it ended
        const page = await nextPage(run);
        if (!page) {
          cursors = new Set();
          continue;
        }
        const last = page.rows.at(-1);
        if (page.hasMore && (!last || cursors.has(last.id))) {
          throw new DataError('stripe', `${options.name} says that there is more but its next page brings nothing new`);
        }
        const known = run.position.seen;
        const fresh = page.rows.filter(({ id, created }) => created >= run.from && !known.has(id));
        if (fresh.length > 0) run.lost = 0;
        hasMore = page.hasMore && last !== undefined && last.created >= run.from;
        if (last && hasMore) {
          cursors.add(last.id);
          run.position = behind(last, page.rows, run.position);
          run.pace = paceOf(page.rows, last, read.pageSize);
        }
        run.isRead = !hasMore;
        const reached = hasMore ? run.position : undefined;
        // Taken is what all takes before it took, too.
        const taken = Promise.all([taking.at(-1), options.take(fresh)]).then(() => void (run.taken = reached));
        // Heard of at its own `await`; until then it is not unhandled.
        taken.catch(() => undefined);
        taking.push(taken);
        fill();
        // oxlint-disable-next-line no-await-in-loop -- reading must not run ahead of what is taken
        if (taking.length > PAGES_BEHIND) await taking.shift();
      }
      await Promise.all(taking);
    } catch (error) {
      if (!('error' in failed)) failed.error = error;
      await Promise.allSettled(taking);
    }
    if (run.taken) left.push(sliceOf(run.from, run.taken));
  }

  function fill(): void {
    while (running.size < options.lanes && !isOver()) {
      const slice = waiting.shift() ?? split();
      if (!slice) return;
      const run = runOf(slice);
      const done = readSlice(run)
        .then(() => void running.delete(run))
        .then(fill);
      running.set(run, done);
    }
  }

  /** The lower part of the slice with the most left, as far as that is known. */
  function split(): Slice | undefined {
    const reading = [...running.keys()].filter(({ isRead }) => !isRead);
    const unknown = reading.filter(({ pace }) => !pace).length;
    const lost = read.requests - read.rows / read.pageSize;
    if (lost + unknown > LOST_TO_SPLITS * read.requests + options.lanes) return undefined;
    const most = reading.reduce<Run | undefined>(
      (found, run) => (pagesLeft(run) > (found ? pagesLeft(found) : 0) ? run : found),
      undefined,
    );
    if (!most?.pace || pagesLeft(most) < WORTH_SPLITTING) return undefined;
    const { from } = most;
    most.from = cutOf(most.from, most.pace, pagesLeft(most));
    return { from, to: most.from };
  }

  fill();
  while (running.size > 0) {
    // oxlint-disable-next-line no-await-in-loop -- slices begin while others are read
    await Promise.all(running.values());
  }
  left.push(...waiting);
  return { left: left.sort((a, b) => b.from - a.from), ...failed };
}

function runOf({ from, to, after, seen = [] }: Slice): Run {
  const position: Position = { to, after, seen: new Set(seen), count: seen.length };
  return { from, to, position, taken: position, lost: 0, isRead: false };
}

function sliceOf(from: number, { to, after, seen, count }: Position): Slice {
  const ids = [...seen].slice(0, count);
  return { from, to, ...(after !== undefined && { after }), ...(ids.length > 0 && { seen: ids }) };
}

/** The position behind the last row of a page. */
function behind(last: Row, rows: readonly Row[], { to, seen }: Position): Position {
  // One set serves all positions in a second: an import can put very many objects there.
  const ids = to === last.created + 1 ? seen : new Set<string>();
  for (const { id, created } of rows) if (created === last.created) ids.add(id);
  return { to: last.created + 1, after: last.id, seen: ids, count: ids.size };
}

function paceOf(rows: readonly Row[], last: Row, pageSize: number) {
  const span = (rows[0]?.created ?? last.created) - last.created;
  return { at: last.created, secondsPerPage: (span * pageSize) / rows.length };
}

/** How many pages a slice seems to have left below the second that it has come to. */
const pagesLeft = ({ from, pace }: Run): number => (pace ? (pace.at - from) / Math.max(1, pace.secondsPerPage) : 0);

/**
 * Where to cut a slice: at its middle if it is short. Of what seems long it keeps little, since a page may come from a cluster that
 * ends soon: an hour's import in ten years is found in a few steps. A page from a single second says nothing of those below.
 */
function cutOf(from: number, { at, secondsPerPage }: { at: number; secondsPerPage: number }, pages: number): number {
  const keep = Math.min(pages / 2, Math.sqrt(TRUSTED_PAGES * pages));
  return Math.max(from + 1, at - Math.round(keep * secondsPerPage));
}
