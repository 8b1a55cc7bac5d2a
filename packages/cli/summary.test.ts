import { toDay } from '@plumbline/core/day';
import { expect, test } from 'vitest';
import { showSummary } from './summary.ts';

const acme = {
  workspace: 'acme',
  name: 'Acme',
  demo: true,
  asOf: toDay('2026-02-12'),
  nights: 42,
  indicators: 9,
  counts: { met: 6, missed: 3, stale: 1 },
  hypotheses: { running: 1, go: 2 },
  mails: [
    { to: 'ceo@acme.example', count: 4 },
    { to: 'cpo@acme.example', count: 1 },
  ],
  digests: 2,
  failing: ['stripe: it did not answer'],
  saved: 3,
};
const bare = {
  ...acme,
  name: 'Bare',
  demo: false,
  asOf: null,
  nights: 1,
  indicators: 0,
  counts: {},
  hypotheses: {},
  mails: [],
  digests: 0,
  failing: [],
};

test('the summary says how each plan and its hypotheses stand, who was mailed, and where everything is', () => {
  const text = showSummary({
    dashboard: 'http://127.0.0.1:4180/',
    api: 'http://127.0.0.1:4180/v1/workspaces',
    openapi: 'http://127.0.0.1:4180/openapi.json',
    mail: 'data/mail',
    events: 'data/events.jsonl',
    workspaces: [acme, bare],
  });
  expect(text).toBe(`Acme (demo numbers): 42 nights, as of 2026-02-12
  9 indicators: 6 met, 3 missed, 1 stale
  3 hypotheses: 2 go, 1 running
  5 mails, 2 of them with the digest of a review: 4 to ceo@acme.example, 1 to cpo@acme.example
  FAILED stripe: it did not answer

Bare: 1 night
  no plan judged yet
  nobody was mailed

Open    http://127.0.0.1:4180/
API     http://127.0.0.1:4180/v1/workspaces (described in http://127.0.0.1:4180/openapi.json)
Mails   data/mail
Events  data/events.jsonl`);
});
