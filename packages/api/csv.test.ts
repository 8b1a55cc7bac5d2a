import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toCsv } from './csv.ts';

test('no text begins as a formula would, numbers stay numbers, and quotes are doubled', () => {
  const rows = [
    ['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\tx', '-2.5', '+3', 'a,b', 'say "so"', 'two\nlines', null, -4, true],
  ];
  expect(toCsv({ columns: ['a'], rows })).toBe(
    `a\r\n'=1+1,'+cmd,'-2+3,'@SUM(A1),'\tx,-2.5,+3,"a,b","say ""so""","two\nlines",,-4,true\r\n`,
  );
});

test('a text comes back as it was, but for the apostrophe', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const line = toCsv({ columns: ['a'], rows: [[text]] }).slice('a\r\n'.length, -'\r\n'.length);
      const back = line.startsWith('"') ? line.slice(1, -1).replaceAll('""', '"') : line;
      expect([text, `'${text}`]).toContain(back);
    }),
  );
});
