import { silentLog } from '@plumbline/core/ports';
import { toInstant } from '@plumbline/core/zone';
import { startMachine } from '@plumbline/local/machine';
import { serveSite } from '@plumbline/local/serve-site';
import { onTestFinished } from 'vitest';
import { seedsWith, temporaryFolder } from './support.ts';

/** A machine with one company, acme, that is spoken to over HTTP until the test is over; it is noon in Kyiv on 2026-02-12. */
export async function served(workspace: string) {
  const machine = await startMachine({
    data: await temporaryFolder(),
    seeds: await seedsWith('acme', { 'workspace.yaml': workspace }),
    env: {},
    log: silentLog,
    now: toInstant('2026-02-12T10:00:00Z'),
  });
  onTestFinished(() => machine.close());
  const site = await serveSite(machine);
  onTestFinished(() => site.close());
  return { machine, url: site.url };
}
