import { silentLog } from '@plumbline/core/ports';
import { startMachine } from '@plumbline/local/machine';
import { runDueNights } from '@plumbline/local/nights';
import { STRIPE_KEY } from './stripe.ts';
import { replaceStripe, slowPuller } from './slow-source.ts';

// A process to be killed: it runs the due nights on a source that needs three runs, says which part it has read, and waits for ever in
// the one that it is told to die in.

const [seeds = '', data = '', now = '', diesIn = ''] = process.argv.slice(2);

const machine = await startMachine({
  data,
  seeds,
  env: { PLUMBLINE_STUDIO_STRIPE: STRIPE_KEY },
  log: silentLog,
  now: Number(now),
});
const site = machine.site('studio');
const { puller } = slowPuller({
  parts: 3,
  meanwhile: async (read) => {
    process.stdout.write(`${read}\n`);
    if (read === Number(diesIn)) await new Promise(() => setInterval(() => undefined, 1000));
  },
});
replaceStripe(site, puller);
await runDueNights(machine, site, () => undefined);
await machine.close();
