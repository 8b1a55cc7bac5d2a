import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { addDays, toDay } from '@plumbline/core/day';
import type { Day } from '@plumbline/core/day';
import type { Snapshot } from '@plumbline/core/snapshot';
import { endOfDay, toZone } from '@plumbline/core/zone';
import { stripe } from '@plumbline/sources/stripe/index';
import { startEngine } from '@plumbline/store/engine';
import { createTable } from '@plumbline/store/table';
import { nodeEnvironment } from '../../infra/node-environment.ts';
import { bundlePull } from './bundle.ts';
import type { Truth } from './stripe-account.ts';
import { EURO } from './stripe-catalogue.ts';
import type { Job, Message, Told } from './stripe-pull.ts';
import type { SerialJob, SerialTold } from './stripe-serial.ts';

// How a night's pull of Stripe does on big accounts, against a server with 80 ms an answer and Stripe's limits, which goes on changing while
// it is read; beside one cursor on the same server. Run by `npm run bench:stripe`; `-- --quick` is a look, `-- --only 100000` one size.
// Each process has one thing to do, so that a memory is that of a pull alone. This one stays small: on Linux the highest memory of a child
// is never told lower than its parent's was when it was made.

const PER_SECOND = 25;
const PAGE = 100;
const SHARE_LIMIT = 0.95;
const MEMORY_LIMIT_MB = 200;
/** From this size on the way in and out is short against the reading, and figures are held against their limits. */
const JUDGED_FROM = 100_000;
const TWO_NIGHTS_UP_TO = 100_000;
const SERIAL_STRETCH_S = 60;
const PROGRESS_MS = 15_000;
const ZONE = toZone('Europe/Kyiv');
const DAY = toDay('2026-11-20');
const TABLE = 'bench';
const SECRET = 'rk_live_bench';

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const sizes = options.only !== undefined ? [Number(options.only)] : options.quick ? [10_000] : [100_000, 1_000_000];
if (!sizes.every((size) => Number.isInteger(size) && size > 0))
  throw new Error('--only takes a whole number from 1 on');

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const seconds = (day: Day): number => endOfDay(day, ZONE) / 1000;
const say = (key: string, text: string): void => console.log(`  ${key.padEnd(10)}${text}`);
const failures: string[] = [];

/** A figure with what it should be; one that is not makes the bench fail. */
function held(what: string, isHeld: boolean, limit: string): string {
  if (!isHeld) failures.push(`${what}: ${limit}`);
  return `${limit}: ${isHeld ? 'yes' : 'NO'}`;
}

function start(file: string, args: readonly (string | number)[] = [], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = fork(path.resolve(import.meta.dirname, file), args.map(String), { env: { ...process.env, ...env } });
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) console.error(`${file} ended with ${code}`);
  });
  return child;
}

/** Has a process do one job, and answers what it tells at its end. */
async function done<T>(
  file: string,
  job: object,
  { onSample, env }: { onSample?: (rss: number) => void; env?: NodeJS.ProcessEnv } = {},
): Promise<T> {
  const child = start(file, [], env);
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  child.on('message', (message: Message) => {
    if (message.kind === 'sample') onSample?.(message.rss);
    else if (message.kind === 'failed') reject(new Error(message.reason));
    else resolve(message as T);
  });
  const gone = once(child, 'exit');
  void gone.then(() => reject(new Error(`${file} ended without a result`)));
  child.send(job);
  return promise.finally(() => gone);
}

type Count = { answered: number; refused: number; first: number; last: number };
type Server = {
  baseUrl: string;
  counts(): Promise<Record<string, Count>>;
  truth(end: number): Promise<Truth>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** The account's server, one hour after the end of the day. */
async function serverAt(subscriptions: number, day: Day): Promise<Server & { now: number }> {
  const now = endOfDay(day, ZONE) + 3_600_000;
  const child = start('stripe-server.ts', [subscriptions, seconds(DAY), now - Date.now()]);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const baseUrl = `http://127.0.0.1:${port}`;
  const ask = async <T>(path: string): Promise<T> => (await (await fetch(baseUrl + path)).json()) as T;
  return {
    now,
    baseUrl,
    counts: () => ask('/bench/counts'),
    truth: (end) => ask(`/bench/truth?end=${end}`),
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}

/** The workspace as its owner would write it. */
async function writeSeeds(folder: string, baseUrl: string): Promise<void> {
  await mkdir(path.join(folder, 'bench'), { recursive: true });
  const write = (name: string, text: string) => writeFile(path.join(folder, 'bench', name), text);
  await write(
    'workspace.yaml',
    `workspace: bench
name: Bench
timezone: ${ZONE}
currency: USD
fx: rates.csv
dris: { ceo: { title: CEO, email: ceo@bench.example } }
fallbackDri: ceo
sources:
  stripe: { baseUrl: "${baseUrl}", requestsPerSecond: ${PER_SECOND} }
`,
  );
  const days = [-1, 0, 1].map((days) => `${addDays(DAY, days)},EUR,${EURO}\n`);
  await write('rates.csv', `day,currency,rate\n${days.join('')}`);
}

type Timeline = { listed: number; rss: number }[];

/** Notes the memory at each sample beside the pages that were answered by then, and says now and then how far it is. */
function follow(server: Server, timeline: Timeline, pages: number): (rss: number) => void {
  let said = performance.now();
  const note = ({ subscriptions }: Record<string, Count>, rss: number) => {
    const listed = subscriptions?.answered ?? 0;
    timeline.push({ listed, rss });
    if (performance.now() - said < PROGRESS_MS) return;
    said = performance.now();
    console.log(`    … ${whole(listed)} pages of about ${whole(pages)}, ${whole(rss)} MB`);
  };
  // After a failure the server may be gone before it answers the last question.
  return (rss) =>
    void server
      .counts()
      .then((counts) => note(counts, rss))
      .catch(() => undefined);
}

async function night(
  subscriptions: number,
  day: Day,
  site: { dynamodb: string; seeds: string; bundle: string },
): Promise<number> {
  const name = `${whole(subscriptions)} subscriptions, ${day === DAY ? 'first night' : 'the night after'}`;
  console.log(`\n${name}`);
  await using server = await serverAt(subscriptions, day);
  await writeSeeds(site.seeds, server.baseUrl);
  const { dynamodb, seeds, bundle } = site;
  const job: Job = { dynamodb, seeds, secret: SECRET, table: TABLE, day, now: server.now };
  const timeline: Timeline = [];
  const told = await done<Told>(bundle, job, {
    onSample: follow(server, timeline, subscriptions / PAGE),
    // As the function is started that does it on AWS.
    env: nodeEnvironment(stripe.lambda.memoryMb),
  });
  const counts = await server.counts();

  const limit = (what: string, isHeld: boolean, text: string): string =>
    subscriptions < JUDGED_FROM ? text : held(`${name}, ${what}`, isHeld, text);
  const { answered: listed = 0, first = 0, last = 0 } = counts['subscriptions'] ?? {};
  const all = Object.entries(counts);
  const refused = all.reduce((sum, [, one]) => sum + one.refused, 0);
  const answered = all.reduce((sum, [, one]) => sum + one.answered, 0);
  const share = answered / (PER_SECOND * told.seconds);
  const rssAt = (part: number) => whole(timeline.find((one) => one.listed >= part * listed)?.rss ?? Number.NaN);
  const remembers = `${(told.memory.bytes / 1e6).toFixed(1)} MB in ${whole(told.memory.entries)} entries`;
  const lines = {
    time: `${told.seconds.toFixed(1)} s with saving (${told.cpu.toFixed(1)} s of one core), ${((last - first) / 1000).toFixed(1)} s from the first page to the last; remembers ${remembers}`,
    speed: `${whole(subscriptions / told.seconds)} subscriptions/s (${PER_SECOND} full pages a second are ${whole(PER_SECOND * PAGE)})`,
    requests: all.map(([endpoint, { answered }]) => `${endpoint} ${whole(answered)}`).join(', '),
    budget: `${percent(share)} of ${PER_SECOND} requests/s over the whole time (${limit('budget', share >= SHARE_LIMIT, `at least ${percent(SHARE_LIMIT)}`)}), ${percent(listed / (PER_SECOND * told.seconds))} for pages of subscriptions`,
    429: `${whole(refused)} met, ${whole(told.retried)} tried again (${held(`${name}, 429`, refused === told.retried, 'all')})`,
    memory: `${whole(told.peak)} MB at most (${limit('memory', told.peak < MEMORY_LIMIT_MB, `less than ${MEMORY_LIMIT_MB} MB`)}): ${whole(told.before)} before, ${[0.25, 0.5, 0.75, 1].map(rssAt).join(', ')} at 25, 50, 75, 100 % of the pages`,
  };
  for (const key of ['time', 'speed', 'requests', 'budget', '429', 'memory'] as const) say(key, lines[key]);
  await compare(name, told.snapshots, server, day);
  return told.seconds;
}

const money = (cents: number): string => (cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2 });

/** The night's numbers against what the account comes to by plain arithmetic. */
async function compare(name: string, snapshots: readonly Snapshot[], server: Server, day: Day): Promise<void> {
  const valueOf = (metric: string): number => snapshots.find((one) => one.metric === metric)?.value ?? Number.NaN;
  const [found, payers] = [valueOf('mrr'), valueOf('paying_customers')];
  const truth = await server.truth(seconds(day));
  const isTrue = found === truth.mrr && payers === truth.payers;
  const should = `MRR is ${money(truth.mrr)} of ${whole(truth.payers)} customers`;
  say('MRR', `${money(found)} USD of ${whole(payers)} customers (${held(name, isTrue, should)})`);

  const moved = snapshots.filter(({ metric }) => metric.startsWith('mrr_'));
  const before = await server.truth(seconds(addDays(day, -1)));
  const end = moved.reduce((sum, { value }) => sum + value, before.mrr);
  const balance = `from ${money(before.mrr)} the day before they come to MRR`;
  const kinds = moved.map(({ metric, value }) => `${metric.slice(4)} ${money(value)}`).join(', ');
  say('movements', `${kinds} (${held(`${name}, movements`, end === truth.mrr, balance)})`);
}

async function serial(subscriptions: number, sliced: number): Promise<void> {
  console.log(`\n${whole(subscriptions)} subscriptions, one cursor`);
  await using server = await serverAt(subscriptions, DAY);
  const mostSeconds = subscriptions > JUDGED_FROM ? SERIAL_STRETCH_S : Number.POSITIVE_INFINITY;
  const job: SerialJob = { baseUrl: server.baseUrl, mostSeconds: Math.min(mostSeconds, 3600) };
  const told = await done<SerialTold>('stripe-serial.ts', job);
  const perSecond = told.subscriptions / told.seconds;
  const all = subscriptions / perSecond;
  const how = told.isWhole ? 'measured' : `extrapolated from ${told.seconds.toFixed(0)} s`;
  console.log(
    `  speed     ${whole(perSecond)} subscriptions/s, ${all.toFixed(1)} s for all (${how}): ${(all / sliced).toFixed(1)} times as long`,
  );
}

console.log(`80 ms an answer, ${PER_SECOND} requests/s on one endpoint and 100/s over all; Node ${process.version}`);
for (const size of sizes) {
  const folder = await mkdtemp(path.join(tmpdir(), 'plumbline-bench-'));
  const bundle = await bundlePull('stripe', folder);
  const seeds = path.join(folder, 'seeds');
  const engine = await startEngine();
  const dynamodb = engine.endpoint;
  try {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const client = new DynamoDBClient({ endpoint: dynamodb, region: 'local', credentials });
    await createTable(client, TABLE);
    client.destroy();
    const sliced = await night(size, DAY, { dynamodb, seeds, bundle });
    if (size <= TWO_NIGHTS_UP_TO) await night(size, addDays(DAY, 1), { dynamodb, seeds, bundle });
    await serial(size, sliced);
  } finally {
    await engine.stop();
    await rm(folder, { recursive: true });
  }
}
for (const failure of failures) console.error(`not as it should be: ${failure}`);
process.exitCode = failures.length > 0 ? 1 : 0;
