import { detailSchemas } from '@plumbline/alerts/events';
import { statusView } from '@plumbline/api/views';
import type { Message } from '@plumbline/alerts/channel';
import type { Day } from '@plumbline/core/day';
import { addDays, daysFrom, toDay } from '@plumbline/core/day';
import { endOfDay } from '@plumbline/core/zone';
import { judgeAndClose } from '@plumbline/night/close';
import { dispatch } from '@plumbline/night/dispatch';
import { judgeNight } from '@plumbline/night/judge';
import { notifyNight } from '@plumbline/night/notify';
import { recordRows } from '@plumbline/night/record';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { describe, expect, it } from 'vitest';
import { sites } from './sites.ts';
import { seedsWith, tidyUp } from './support.ts';

tidyUp();

const FIRST = toDay('2026-01-05');
const LAST = toDay('2026-01-09');
const HOUR = 3_600_000;

const workspaceYaml = (id: string): string => `
workspace: ${id}
name: Acme
timezone: "+02:00"
currency: USD
dris:
  lead: { title: Lead, email: lead@acme.example }
fallbackDri: lead
sources:
  record: { metrics: [{ id: answers, unit: "%", kind: rate, direction: up }] }
`;
const planYaml = (pivot = '< 42%'): string => `
plan: acme
title: Acme
start: 2026-01-01
end: 2026-03-31
indicators:
  - { id: all-answer, says: "all answer", metric: answers, target: ">= 99%", by: end, dri: lead }
hypotheses:
  - { id: hints, says: "Hints lift answers", metric: answers, from: "40%", to: "50%", start: 2026-01-05, within: 5d, go: "> 45%", pivot: "${pivot}", dri: lead }
`;

const newSite = sites();

/** A company whose numbers are recorded, and its nights one by one: what each found, published and mailed. */
async function company() {
  const time = { now: 0 };
  const site = await newSite((name) => ({ 'workspace.yaml': workspaceYaml(name), 'plan.yaml': planYaml() }), time);
  const { store, workspace } = site;
  const { id } = workspace;
  const record = (day: Day, value: number) =>
    recordRows(site, [{ metric: 'answers', day, value, n: 200 }], 'the test').then(() => undefined);
  const night = async (day: Day, silent = false) => {
    time.now = Math.max(time.now, endOfDay(day, workspace.timezone) + 3 * HOUR);
    await dispatch(site, day, { silent });
    await judgeAndClose(site, day, silent ? { silent: true } : {});
    const sent: Message[] = [];
    const channel = {
      name: 'test',
      send: async (message: Message) => {
        sent.push(message);
        return { outcome: 'delivered', messageId: message.id } as const;
      },
    };
    await notifyNight(site, day, { channel, publicUrl: 'http://127.0.0.1:4180', linkKey: 'k'.repeat(32) });
    const events = await store.outbox.pending(id);
    await store.outbox.remove(events);
    const own = (await store.transitions.list(id, day, day)).filter(({ indicator }) => indicator === 'hints');
    return {
      found: own.map(({ kind, from, to, silent: isSilent }) => `${kind} ${from} > ${to}${isSilent ? ' silent' : ''}`),
      events: events.filter(({ detailType }) => detailType === 'Hypothesis Decided').map(({ detail }) => detail),
      mails: sent,
    };
  };
  const standing = async () => statusView(workspace, await store.judgements.latest(id), [], undefined).hypotheses[0];
  return { id, site, record, night, standing };
}

describe('a hypothesis, night after night', () => {
  it('runs, is decided, told once, and corrected once', async () => {
    const { record, night, standing, site } = await company();
    for (const day of daysFrom(FIRST, addDays(LAST, -1))) {
      await record(day, 44);
      const { found, mails } = await night(day);
      expect([found, mails]).toEqual([[], []]);
    }
    expect(await standing()).toMatchObject({ status: 'running', value: 44, start: FIRST, end: LAST, overlays: [] });

    await record(LAST, 46.5);
    const decided = await night(LAST);
    expect(decided.found).toEqual(['decided running > go']);
    expect(decided.mails.map(({ subject }) => subject)).toEqual([
      '[Go] Answers 46.5% vs go > 45%, pivot < 42% after 5 days · Acme',
    ]);
    expect(decided.mails[0]?.text).toContain(
      'Decided on its last day, 2026-01-09: the value is what the plan calls a go.',
    );
    expect(decided.mails[0]?.attachments).toHaveLength(1);
    expect(decided.events.map(({ data }) => [data['from'], data['to'], data['value'], data['day']])).toEqual([
      ['running', 'go', 46.5, LAST],
    ]);
    const [event] = decided.events;
    expect(detailSchemas['Hypothesis Decided'].parse(event)).toEqual(event);

    expect(await judgeNight(site, LAST)).toEqual([]);
    expect(await night(LAST)).toEqual({ found: ['decided running > go'], events: [], mails: [] });

    await record(LAST, 41);
    const corrected = await night(addDays(LAST, 1));
    expect(corrected.found).toEqual(['corrected go > pivot']);
    expect(corrected.mails.map(({ subject }) => subject)).toEqual([
      '[Corrected to pivot] Answers 41% vs go > 45%, pivot < 42% after 5 days · Acme',
    ]);
    expect(corrected.events.map(({ data }) => [data['from'], data['to'], data['value']])).toEqual([
      ['go', 'pivot', 41],
    ]);
    expect(await standing()).toMatchObject({ status: 'pivot', value: 41, day: LAST });
    expect(await night(addDays(LAST, 2))).toEqual({ found: [], events: [], mails: [] });
  });

  it('without its last value is stale and undecided, until that comes', async () => {
    const { record, night, standing } = await company();
    await record(FIRST, 46);
    await night(FIRST);
    const stale = await night(LAST);
    expect(stale.found).toEqual(['stale running > stale']);
    expect(stale.mails.map(({ subject }) => subject)).toEqual([
      '[Stale] Answers 46% vs go > 45%, pivot < 42% after 5 days · Acme',
    ]);
    expect(stale.events).toEqual([]);
    expect(await standing()).toMatchObject({ status: 'running', overlays: ['stale'], missing: `answers of ${LAST}` });
    await record(LAST, 43);
    expect((await night(addDays(LAST, 1))).found).toEqual(['decided running > inconclusive']);
    expect(await standing()).toMatchObject({ status: 'inconclusive', overlays: [], missing: null });
  });

  it('of a backfill is decided silently', async () => {
    const { record, night, standing } = await company();
    await record(LAST, 40);
    expect(await night(LAST, true)).toEqual({ found: ['decided running > pivot silent'], events: [], mails: [] });
    expect(await standing()).toMatchObject({ status: 'pivot' });
  });

  it('whose bounds overlap is refused with its place when the plan is read', async () => {
    const files = { 'workspace.yaml': workspaceYaml('acme'), 'plan.yaml': planYaml('< 46%') };
    const folder = await seedsWith('acme', files);
    await expect(loadWorkspaces(folder)).rejects.toThrow(
      /acme\/plan\.yaml:9:\d+: hypotheses\[0\]\.pivot: "< 46%" and go "> 45%" overlap: a value could be both, such as 45\.5%;/,
    );
  });
});
