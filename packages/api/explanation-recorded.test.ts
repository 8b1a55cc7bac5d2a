import type { Json } from '@plumbline/core/snapshot';
import { expect, it } from 'vitest';
import { explanationOf } from './explanation.ts';
import { ABOUT, MRR } from './testing-mrr.ts';

it('a recorded number is explained by who stated it, with what note', () => {
  const { workspace: _w, metric: _m, day: _d, unit: _u, source: _s, demo: _o, earlier: _e, ...first } = MRR;
  const said = (more: Record<string, Json>) => ({ requests: 0, rows: 1, sha256: 'ab', policy: 'record', ...more });
  const snapshot = {
    ...MRR,
    revision: 2,
    evidence: said({ by: 'crm', note: 'after the audit', idempotencyKey: 'k-1' }),
    breakdown: {},
    earlier: [{ ...first, value: 311_000, evidence: said({ by: 'ada' }) }],
  };
  const { facts, blocks } = explanationOf(snapshot, ABOUT);
  expect(facts.slice(2, 6)).toEqual([
    ['Recorded', '21 Jan 2026, 03:00 (+02:00)'],
    ['Recorded by', 'crm'],
    ['Note', 'after the audit'],
    ['Settled', 'when it was recorded'],
  ]);
  expect(blocks.slice(-2)).toEqual([
    {
      title: 'Revisions',
      head: ['Revision', 'Value', 'Change', 'Recorded', 'Who', 'Note'],
      rows: [
        ['1', '$3,110.00', '', '21 Jan 2026, 03:00 (+02:00)', 'ada', ''],
        ['2', '$3,120.50', '+$10.50', '21 Jan 2026, 03:00 (+02:00)', 'crm', 'after the audit'],
      ],
      more: 0,
      note: 'It was changed once after it was first recorded.',
    },
    {
      title: 'Evidence',
      head: [],
      rows: [
        ['Requests', '0'],
        ['Rows read', '1'],
        ['Digest (SHA-256)', 'ab'],
        ['Policy', 'record'],
        ['Idempotency key', 'k-1'],
      ],
      more: 0,
      note: '',
    },
  ]);
});
