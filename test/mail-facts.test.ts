import { exampleTransition } from '@plumbline/alerts/example-items';
import { toDay } from '@plumbline/core/day';
import type { MailRecord } from '@plumbline/core/night';
import type { IndicatorState, Transition } from '@plumbline/core/status';
import { toInstant } from '@plumbline/core/zone';
import { composeMail, drawnPoints } from '@plumbline/night/compose';
import { recordRows } from '@plumbline/night/record';
import { expect, it } from 'vitest';
import { sites } from './sites.ts';
import { tidyUp } from './support.ts';

tidyUp();

const NIGHT = toDay('2026-02-13');
const WORKSPACE = (id: string): string => `
workspace: ${id}
name: Acme
timezone: "+02:00"
currency: USD
dris: { cpo: { title: CPO, email: cpo@acme.example } }
fallbackDri: cpo
sources: { record: { metrics: [{ id: members, unit: count, kind: stock, direction: up }] } }
`;
const PLAN = `
plan: q1
title: Acme in eight weeks
start: 2026-01-30
end: 2026-03-26
indicators:
  - { id: members-week-2, says: "50 members", metric: members, target: ">= 50", by: week 2, dri: cpo }
`;

const newSite = sites();

/** The text of a mail about one transition, in a night that was judged like this, after members were counted on a day. */
async function mailed(changes: Partial<Transition>, states: IndicatorState[], counted = toDay('2026-02-12')) {
  const files = (id: string) => ({ 'workspace.yaml': WORKSPACE(id), 'plan.yaml': PLAN });
  const site = await newSite(files, { now: toInstant('2026-02-14T01:00:00Z') });
  const { id } = site.workspace;
  await recordRows(site, [{ metric: 'members', day: counted, value: 40, n: undefined, note: undefined }], 'test');
  const transition = exampleTransition({
    workspace: id,
    indicator: 'members-week-2',
    metric: 'members',
    unit: 'count',
    dri: 'cpo',
    value: 40,
    target: '>= 50',
    gap: -10,
    ...changes,
  });
  const judgement = { workspace: id, night: NIGHT, planVersion: 'sha256:1', judgedAt: site.clock.now(), states };
  await site.store.judgements.commit(judgement, 0, [transition], []);
  const mail: MailRecord = {
    id: `mail_${id}_${NIGHT}_cpo`,
    workspace: id,
    night: NIGHT,
    dri: 'cpo',
    to: 'cpo@acme.example',
    subject: '',
    transitions: [transition.id],
    state: 'claimed',
    at: site.clock.now(),
  };
  const channel = { name: 'none', send: () => Promise.reject(new Error('nothing is sent here')) };
  const postbox = { channel, publicUrl: 'https://plumbline.acme.example', linkKey: 'k'.repeat(32) };
  const points = await drawnPoints(site, NIGHT);
  return (await composeMail(site, mail, [transition], points, postbox))?.text ?? '';
}

const factsIn = (text: string) =>
  text.split('\n').filter((line) => /^(95% interval|Error budget|Number from|Responsible):/.test(line));
const PULLED = 'pulled 2026-02-14T01:00:00Z, revision 1';

const state = (changes: Partial<IndicatorState>): IndicatorState => ({
  indicator: 'members-week-2',
  status: 'missed',
  since: NIGHT,
  contrary: [],
  ...changes,
});

it('a mail tells how sure its value is, and what is left of an error budget, as its night was judged', async () => {
  const interval = { low: 36.2, high: 44.1 };
  const errorBudget = { allowedMinutes: 216, usedMinutes: 162 };
  expect(factsIn(await mailed({}, [state({ value: 40, interval, errorBudget })]))).toEqual([
    '95% interval: 36 to 44',
    'Error budget: 54 of 216 min left',
    'Responsible: CPO',
    `Number from: record, ${PULLED}`,
  ]);
  expect(factsIn(await mailed({}, [state({ value: 41, interval })]))).toEqual([
    'Responsible: CPO',
    `Number from: record, ${PULLED}`,
  ]);
  expect(factsIn(await mailed({}, []))).toEqual(['Responsible: CPO', `Number from: record, ${PULLED}`]);
});

it('a number that stands for later days leads to the day that it was stated for; one that is too old, or none, to nothing', async () => {
  const carried = await mailed({}, [], toDay('2026-02-02'));
  expect(factsIn(carried)).toContain(`Number from: record, of 2026-02-02, ${PULLED}`);
  expect(carried).toMatch(
    /^See the evidence: https:\/\/plumbline\.acme\.example\/workspaces\/acme-\d+\/metrics\/members\?day=2026-02-02$/m,
  );
  expect(factsIn(await mailed({ day: toDay('2026-03-20') }, [], toDay('2026-02-02')))).toEqual(['Responsible: CPO']);
  expect(factsIn(await mailed({ kind: 'stale', to: 'stale', value: null, gap: null }, []))).toEqual([
    'Responsible: CPO',
  ]);
});
