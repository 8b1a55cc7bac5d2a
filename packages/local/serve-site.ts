import { createApi } from '@plumbline/api/app';
import { recordBatch } from '@plumbline/night/record';
import { lateNights } from '@plumbline/night/watch';
import type { Machine } from './machine.ts';
import type { Loopback } from './serve.ts';
import { serveOnLoopback } from './serve.ts';

/** Serves the API and the dashboard of one machine on the loopback, without keys, and lets its mails link there. */
export async function serveSite(machine: Machine, options: { port?: number } = {}): Promise<Loopback> {
  const api = createApi({
    workspaces: machine.workspaces,
    store: (id) => machine.site(id).store,
    now: (id) => machine.site(id).clock.now(),
    demo: (id) => machine.site(id).demo,
    completeness: (id) => lateNights(machine.site(id)),
    access: 'loopback',
    linkKey: () => machine.world.linkKey(),
    record: (id, batch, said) => recordBatch(machine.site(id), batch, said),
    log: machine.log,
  });
  const site = await serveOnLoopback(api.fetch, options);
  machine.setPublicUrl(site.url);
  return site;
}
