import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { PlumblineError } from '@plumbline/core/errors';
import { z } from 'zod';

/** The shape of an event in the log and on its way to a target. */
export const eventSchema = z.object({
  version: z.literal('0'),
  id: z.string(),
  'detail-type': z.string(),
  source: z.string(),
  account: z.string(),
  time: z.string(),
  region: z.string(),
  resources: z.array(z.string()),
  detail: z.record(z.string(), z.unknown()),
});

/** An event as EventBridge hands it to a target. */
export type BusEvent = z.infer<typeof eventSchema>;

/** An event of the log, with the file's length up to its end: the cursor that has it behind. */
export type LoggedEvent = { event: BusEvent; end: number };

export type EventLog = {
  /** Writes the events; they are in the file when this returns, whatever happens to the process. */
  append(events: readonly BusEvent[]): LoggedEvent[];
  /** The events that were written but not yet dealt with when the log was opened. */
  readonly left: LoggedEvent[];
  /** Notes that everything up to this length of the file has been dealt with. */
  moveCursor(end: number): void;
  close(): void;
};

/**
 * Opens an append-only file of one JSON event a line, and its cursor. A line that a crash left torn was never answered for, so it
 * is cut off. Throws PlumblineError `setup` for a line that is no event.
 */
export function openEventLog(file: string, cursorFile: string): EventLog {
  mkdirSync(dirname(file), { recursive: true });
  mkdirSync(dirname(cursorFile), { recursive: true });
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const whole = bytes.lastIndexOf('\n') + 1;
  if (whole < bytes.length) truncateSync(file, whole);
  const cursor = Math.min(readCursor(cursorFile), whole);
  const left = parseLines(file, bytes.subarray(cursor, whole), cursor);
  const handle = openSync(file, 'a');
  let length = fstatSync(handle).size;
  return {
    left,
    append: (events) => {
      const lines = events.map((event) => `${JSON.stringify(event)}\n`);
      appendFileSync(handle, lines.join(''));
      return events.map((event, index) => {
        length += Buffer.byteLength(lines[index] ?? '');
        return { event, end: length };
      });
    },
    moveCursor: (end) => {
      writeFileSync(`${cursorFile}.new`, `${end}\n`);
      renameSync(`${cursorFile}.new`, cursorFile);
    },
    close: () => closeSync(handle),
  };
}

function readCursor(file: string): number {
  if (!existsSync(file)) return 0;
  const text = readFileSync(file, 'utf8').trim();
  if (/^\d+$/.test(text)) return Number(text);
  throw new PlumblineError('setup', `${file} should hold one number; remove it to have all events delivered again`);
}

function parseLines(file: string, bytes: Buffer, offset: number): LoggedEvent[] {
  let end = offset;
  return bytes
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      end += Buffer.byteLength(line) + 1;
      try {
        return { event: eventSchema.parse(JSON.parse(line)), end };
      } catch (cause) {
        throw new PlumblineError('setup', `${file} has a line that is no event before byte ${end}; take it out`, {
          cause,
        });
      }
    });
}
