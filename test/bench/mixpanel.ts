import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startOfDay } from '@plumbline/core/zone';
import { mixpanel } from '@plumbline/sources/mixpanel/index';
import { nodeEnvironment } from '../../infra/node-environment.ts';
import { bundlePull } from './bundle.ts';
import type { Truth } from './mixpanel-events.ts';
import type { Told } from './mixpanel-plain.ts';
import { DAY, ZONE } from './mixpanel-project.ts';
import type { Pulled } from './mixpanel-pull.ts';

// How a night's pull of Mixpanel does on big days, beside a loop that only gunzips the same answer and parses its lines. Run by
// `npm run bench:mixpanel`; `-- --only 100000` is one size. Both run by turns a few times, so that what else the machine does slows both, and
// the middle counts; of memory the highest. Each process has one thing to do; both are started with the options of the pull's Lambda, and the
// pull is bundled as there. This process stays small: on Linux the highest memory of a child is never told lower than its parent's was when
// it was made.

const SHARE_LIMIT = 0.8;
const MEMORY_LIMIT_MB = 200;
/** From this size on starting up is short against reading, and figures are held against their limits. */
const JUDGED_FROM = 1_000_000;
/** An odd number, so that one is in the middle. */
const ROUNDS = 3;
const EVENTS_PER_PERSON = 5_000_000 / 300_000;

const { values: options } = parseArgs({ options: { only: { type: 'string' } } });
const sizes = options.only === undefined ? [1_000_000, 5_000_000] : [Number(options.only)];
if (!sizes.every((size) => Number.isInteger(size) && size > 0))
  throw new Error('--only takes a whole number from 1 on');

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const failures: string[] = [];

/** A figure with what it should be; one that is not makes the bench fail. */
function held(what: string, isHeld: boolean, limit: string): string {
  if (!isHeld) failures.push(`${what}: ${limit}`);
  return `${limit}: ${isHeld ? 'yes' : 'NO'}`;
}

function start(file: string, args: readonly (string | number)[] = [], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return fork(path.resolve(import.meta.dirname, file), args.map(String), { env: { ...process.env, ...env } });
}

/** What a process tells first. */
async function told<T>(child: ChildProcess): Promise<T> {
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the bench ended with ${code}`);
  });
  const [message] = (await Promise.race([once(child, 'message'), gone])) as [T & { kind?: string; reason?: string }];
  void gone.catch(() => undefined);
  if (message.kind === 'failed') throw new Error(message.reason);
  return message;
}

/** Has a process do one job, and answers what it tells at its end. */
async function done<T>(file: string, job: object, env?: NodeJS.ProcessEnv): Promise<T> {
  const child = start(file, [], env);
  const gone = once(child, 'exit');
  child.send(job);
  return told<T>(child).finally(() => gone);
}

type Ready = { port: number; bytes: number; gzipped: number; truth: Truth };

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >>> 1] ?? NaN;

/** Of some runs the one that took the most memory, with the middle of what they took in time. */
const typical = <T extends Told>(runs: readonly T[]): T => ({
  ...runs.reduce((a, b) => (a.peak >= b.peak ? a : b)),
  seconds: middle(runs.map(({ seconds }) => seconds)),
  cpu: middle(runs.map(({ cpu }) => cpu)),
});

async function compare(events: number, folder: string, bundle: string): Promise<void> {
  const people = Math.round(events / EVENTS_PER_PERSON);
  console.log(`\n${whole(events)} events of ${whole(people)} people in one night`);
  const past = path.join(folder, `past-${events}`);
  await mkdir(past);
  const remembering = start('mixpanel-past.ts', [past, people]);
  const { bytes: remembered } = await told<{ bytes: number }>(remembering);
  const server = start('mixpanel-server.ts', [folder, events, people, startOfDay(DAY, ZONE) / 1000]);
  const { port, bytes, gzipped, truth } = await told<Ready>(server);
  const baseUrl = `http://127.0.0.1:${port}`;
  console.log(
    `  ${whole(bytes / 1e6)} MB, ${whole(gzipped / 1e6)} MB gzipped, ${whole(bytes / events)} bytes an event`,
  );

  const env = nodeEnvironment(mixpanel.lambda.memoryMb);
  const rounds: { plain: Told; pull: Pulled }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const plain = await done<Told>('mixpanel-plain.ts', { baseUrl }, env);
    rounds.push({ plain, pull: await done<Pulled>(bundle, { baseUrl, folder: past }, env) });
  }
  const plain = typical(rounds.map((round) => round.plain));
  const pull = typical(rounds.map((round) => round.pull));
  const speed = ({ seconds, cpu, peak }: Told): string =>
    `${whole(bytes / 1e6 / seconds).padStart(4)} MB/s, ${whole(events / seconds).padStart(7)} events/s, ${seconds.toFixed(1)} s (${cpu.toFixed(1)} s of one core), ${whole(peak)} MB at most`;
  console.log(`  plain loop  ${speed(plain)}`);
  console.log(`  pull        ${speed(pull)}`);

  const limit = (what: string, isHeld: boolean, text: string): string =>
    events < JUDGED_FROM ? text : held(`${whole(events)} events, ${what}`, isHeld, text);
  const share = middle(rounds.map(({ plain, pull }) => plain.seconds / pull.seconds));
  const ofCore = middle(rounds.map(({ plain, pull }) => plain.cpu / pull.cpu));
  const fast = limit('speed', share >= SHARE_LIMIT, `at least ${SHARE_LIMIT}`);
  console.log(`  speed       ${share.toFixed(2)} of the loop's (${fast}); ${ofCore.toFixed(2)} by the time of a core`);
  const isSmall = pull.peak < MEMORY_LIMIT_MB;
  console.log(`  memory      ${whole(pull.peak)} MB (${limit('memory', isSmall, `less than ${MEMORY_LIMIT_MB} MB`)})`);
  console.log(
    `  remembered  ${whole(remembered / 1e6)} MB of 41 days before, ${whole(pull.remembers / 1e6)} MB of the night's five`,
  );
  const isTrue = pull.numbers['events'] === truth.events && pull.numbers['signups'] === truth.signups;
  const should = `${whole(truth.events)} events and ${whole(truth.signups)} sign-ups on the day`;
  console.log(`  numbers     ${JSON.stringify(pull.numbers)}`);
  console.log(`              (${held(`${whole(events)} events`, isTrue && pull.events === events, should)})`);

  server.disconnect();
  await once(server, 'exit');
  await rm(past, { recursive: true });
}

const folder = await mkdtemp(path.join(tmpdir(), 'plumbline-bench-'));
console.log(`Node ${process.version}; the middle of ${ROUNDS} runs of each`);
try {
  const bundle = await bundlePull('mixpanel', folder);
  for (const size of sizes) await compare(size, folder, bundle);
} finally {
  await rm(folder, { recursive: true });
}
for (const failure of failures) console.error(`not as it should be: ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;
