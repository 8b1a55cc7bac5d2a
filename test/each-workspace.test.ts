import { toDay } from '@plumbline/core/day';
import { toInstant } from '@plumbline/core/zone';
import { dispatch } from '@plumbline/functions/dispatch';
import { sweep } from '@plumbline/functions/sweep';
import type { World } from '@plumbline/functions/world';
import { expect, it } from 'vitest';
import { sites } from './sites.ts';
import { tidyUp } from './support.ts';

tidyUp();

const NIGHT = toDay('2026-02-13');
const newSite = sites();

const yamlOf = (id: string): string => `
workspace: ${id}
name: Acme
timezone: "+02:00"
currency: USD
dris: { ceo: { title: CEO, email: ceo@acme.example } }
fallbackDri: ceo
sources:
  record: { metrics: [{ id: nps, unit: score, kind: score, direction: up }] }
`;

/** Two companies, of which the first can't be read, and what AWS would give them. */
async function companies() {
  const time = { now: toInstant('2026-02-14T01:30:00Z') };
  const [first, second] = [
    await newSite((name) => ({ 'workspace.yaml': yamlOf(name) }), time),
    await newSite((name) => ({ 'workspace.yaml': yamlOf(name) }), time),
  ];
  const nights = { ...first.store.nights, last: () => Promise.reject(new Error('its items are damaged')) };
  const broken = { ...first, store: { ...first.store, nights } };
  const world: World = {
    workspaces: [first.workspace, second.workspace],
    site: (id) => (id === first.workspace.id ? broken : second),
    sendPulls: () => Promise.reject(new Error('nothing is pulled here')),
    bus: () => Promise.reject(new Error('the bus is away')),
    channel: () => Promise.reject(new Error('nothing is mailed here')),
    publicUrl: '',
    linkKey: async () => 'k'.repeat(32),
  };
  return { world, ids: [first.workspace.id, second.workspace.id], second };
}

it('a workspace whose night can’t be opened holds up no other, and is named', async () => {
  const { world, ids, second } = await companies();
  await expect(dispatch(world)()).rejects.toThrow(new RegExp(`^${ids[0]}: its items are damaged$`));
  const night = await second.store.nights.get(second.workspace.id, NIGHT);
  expect([night?.day, night?.closedAt]).toEqual([NIGHT, second.clock.now()]);
});

it('a workspace that can’t be swept holds up no other; all that failed are named', async () => {
  const { world, ids } = await companies();
  await expect(sweep(world)()).rejects.toThrow(`${ids[0]}: its items are damaged\n${ids[1]}: the bus is away`);
});
