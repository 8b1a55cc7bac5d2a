import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BusEvent } from './event-log.ts';
import { openEventLog } from './event-log.ts';

const eventOf = (text: string): BusEvent => ({
  version: '0',
  id: text,
  'detail-type': 'Test',
  source: 'plumbline',
  account: '000000000000',
  time: '2026-01-02T00:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail: { text },
});

const step = fc.oneof(
  fc.record({ do: fc.constant('append' as const), texts: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }) }),
  fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ do: fc.constant('crash' as const), torn: fc.nat({ max: 200 }) }),
);

test('whatever happens between, a reopened log has exactly what was appended and not yet dealt with, in order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'plumbline-log-'));
      const [file, cursorFile] = [join(folder, 'events.jsonl'), join(folder, 'cursor')];
      let log = openEventLog(file, cursorFile);
      let queue = log.left;
      let expected: string[] = [];
      const all: string[] = [];
      for (const next of steps) {
        if (next.do === 'append') {
          queue.push(...log.append(next.texts.map(eventOf)));
          expected.push(...next.texts);
          all.push(...next.texts);
        } else if (next.do === 'deliver') {
          const done = queue.splice(0, next.count);
          const end = done.at(-1)?.end;
          if (end !== undefined) log.moveCursor(end);
          expected = expected.slice(done.length);
        } else {
          const half = Buffer.from(JSON.stringify(eventOf('torn'))).subarray(0, next.torn);
          appendFileSync(file, half);
          log.close();
          log = openEventLog(file, cursorFile);
          queue = log.left;
        }
        expect(queue.map(({ event }) => event.id)).toEqual(expected);
      }
      log.close();
      const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(all.map(eventOf));
      rmSync(folder, { recursive: true });
    }),
    { numRuns: 100 },
  );
});
