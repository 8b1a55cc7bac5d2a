import { readerMark, signLink } from '@plumbline/alerts/links';
import { silentLog } from '@plumbline/core/ports';
import { toInstant } from '@plumbline/core/zone';
import { startMachine } from '@plumbline/local/machine';
import { serveSite } from '@plumbline/local/serve-site';
import { expect, it, onTestFinished } from 'vitest';
import { commands } from '../packages/cli/commands/index.ts';
import { seedsWith, temporaryFolder, tidyUp } from './support.ts';

tidyUp();

const NOW = toInstant('2026-02-12T10:00:00Z');
const WORKSPACE = `
workspace: acme
name: Acme
timezone: Europe/Kyiv
currency: EUR
dris: { lead: { title: Lead, email: lead@acme.example }, ceo: { title: CEO, email: ceo@acme.example } }
fallbackDri: lead
sources: { record: { metrics: [{ id: members, unit: count, kind: stock, direction: up }] } }
`;
const PLAN = `
plan: q1
title: Acme in eight weeks
start: 2026-01-02
end: 2026-02-26
indicators:
  - { id: members, says: "50 members", metric: members, target: ">= 50", by: end, dri: lead }
reviews:
  - { id: weekly, every: friday, at: "16:00", to: [ceo, lead] }
`;

it('one click over HTTP ends a reader’s digests, and plumbline review says to whom they are not mailed', async () => {
  const machine = await startMachine({
    data: await temporaryFolder(),
    seeds: await seedsWith('acme', { 'workspace.yaml': WORKSPACE, 'plan.yaml': PLAN }),
    env: {},
    log: silentLog,
    now: NOW,
  });
  onTestFinished(() => machine.close());
  const site = await serveSite(machine);
  onTestFinished(() => site.close());
  const review = async () => {
    const said = await commands.get('review')?.run(machine, { workspace: 'acme' }, () => undefined);
    return { text: said?.text?.split('\n').at(-1), data: said?.data };
  };
  expect((await review()).data).toMatchObject({ dris: ['ceo', 'lead'], unsubscribed: [] });

  const link = {
    workspace: 'acme',
    dri: 'ceo',
    reader: readerMark('ceo@acme.example'),
    expiresAt: NOW + 3_600_000,
  } as const;
  const token = signLink({ action: 'digests', ...link }, await machine.world.linkKey());
  const body = new FormData();
  body.set('List-Unsubscribe', 'One-Click');
  expect((await fetch(`${site.url}/digests?token=${token}`, { method: 'POST', body })).status).toBe(200);
  expect(await review()).toEqual({
    text: 'Not mailed to those who want no digests: CEO',
    data: expect.objectContaining({ dris: ['ceo', 'lead'], unsubscribed: ['ceo'] }),
  });
});
