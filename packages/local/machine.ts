import { createHmac } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { SES_CLIENT, sesChannel } from '@plumbline/alerts/email/ses';
import { smtpChannel } from '@plumbline/alerts/email/smtp';
import { rules } from '@plumbline/alerts/rules';
import { InputError } from '@plumbline/core/errors';
import type { Log } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import { startOfDay } from '@plumbline/core/zone';
import { deliver } from '@plumbline/functions/deliver';
import { judge } from '@plumbline/functions/judge';
import { notify } from '@plumbline/functions/notify';
import { publish } from '@plumbline/functions/publish';
import { pull } from '@plumbline/functions/pull';
import type { World } from '@plumbline/functions/world';
import type { Site } from '@plumbline/night/site';
import { startEngine } from '@plumbline/store/engine';
import { outboxPartition } from '@plumbline/store/keys';
import { openStore } from '@plumbline/store/open';
import { createTable } from '@plumbline/store/table';
import type { Store } from '@plumbline/store/types';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { checkedSecret, secretVariable, withLogin } from '@plumbline/workspace/secrets';
import type { Workspace } from '@plumbline/workspace/workspace';
import { channelOf, sourceOf, standsIn } from '@plumbline/workspace/workspace';
import type { Bus } from './bus.ts';
import { startBus } from './bus.ts';
import type { SimulatedClock } from './clock.ts';
import { shiftedClock, simulatedClock, systemClock } from './clock.ts';
import type { DeadLetter } from './dead-letters.ts';
import { bury, redrive } from './dead-letters.ts';
import type { Demo } from './demo.ts';
import { startDemo } from './demo.ts';
import { filesIn, keysOf } from './folder.ts';
import type { Inbox } from './inbox.ts';
import { startInbox } from './inbox.ts';
import { createQueues } from './queues.ts';
import { DEFAULT_PORT } from './serve.ts';

/** Demo numbers and real ones lie in tables of their own. */
const TABLES = { real: 'plumbline', demo: 'plumbline-demo' };
const BUS = 'plumbline';
/** What SES wants to be named before it tells what becomes of a mail. */
const MAIL_SET = 'plumbline';
const MAIL_FROM = 'Plumbline <alerts@plumbline.example>';
/** The stand-ins on the loopback check no signature; the SDKs want something to sign with. */
const CLIENT = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

export type MachineOptions = {
  data: string;
  seeds: string;
  env: Readonly<Record<string, string | undefined>>;
  log: Log;
  /** The run's clock, for rehearsals and tests. */
  now?: Instant | undefined;
};

/** A site on one machine; a demo workspace also has its providers and its simulated clock. */
export type LocalSite = Site & { simulation?: { demo: Demo; clock: SimulatedClock } };

/** Everything that AWS would give, on this machine. */
export type Machine = {
  workspaces: readonly Workspace[];
  world: World;
  site(workspace: string): LocalSite;
  inbox: Inbox;
  bus: Bus;
  files: ReturnType<typeof filesIn>;
  log: Log;
  /** Runs queues, outboxes and the bus until nothing is left to do. */
  settle(): Promise<void>;
  /** Tries again what handlers gave up on; what fails once more lies in the dead letters again. Answers how many there were. */
  redrive(): Promise<number>;
  /** Does something while nothing of the above runs. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  setPublicUrl(url: string): void;
  close(): Promise<void>;
};

/** Starts the engine, the bus, the inbox and the demo providers, and ties the deployed handlers to them. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const workspaces = await loadWorkspaces(options.seeds);
  const files = filesIn(options.data);
  const keys = await keysOf(options.data);
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.toReversed()) await closer();
  };
  try {
    const given = options.env['PLUMBLINE_DYNAMODB_ENDPOINT'];
    const engine = given
      ? { endpoint: given, stop: async () => undefined }
      : await startEngine({ file: files.database });
    closers.push(async () => engine.stop());
    const client = new DynamoDBClient({ ...CLIENT, endpoint: engine.endpoint });
    closers.push(async () => client.destroy());
    const stores = { real: openStore({ client, table: TABLES.real }), demo: openStore({ client, table: TABLES.demo }) };
    await Promise.all([createTable(client, TABLES.real), createTable(client, TABLES.demo)]);

    const clock = options.now === undefined ? systemClock() : shiftedClock(options.now);
    const bus = await startBus({
      file: files.events,
      cursorFile: files.cursor,
      services: { file: files.mailEvents, cursorFile: files.mailCursor },
      deadLetterFile: files.deadLetters,
      rules,
      clock,
    });
    closers.push(() => bus.close());
    const inbox = await startInbox({ folder: files.mail, clock, publish: (told) => bus.put(told) });
    closers.push(() => inbox.close());

    const sites = new Map<string, LocalSite>();
    for (const workspace of workspaces) {
      const site = await startSite(workspace, { options, stores, clock, pseudonyms: keys.pseudonyms });
      sites.set(workspace.id, site);
      closers.push(async () => site.simulation?.demo.close());
    }
    const site = (id: string): LocalSite => {
      const found = sites.get(id);
      if (found) return found;
      throw new InputError(
        `there is no workspace "${id}" in ${options.seeds}; there are: ${workspaces.map((one) => one.id).join(', ')}`,
      );
    };

    const queues = createQueues({ clock });
    const ses = new SESv2Client({ ...CLIENT, ...SES_CLIENT, endpoint: inbox.url });
    const events = new EventBridgeClient({ ...CLIENT, endpoint: bus.url });
    closers.push(
      async () => ses.destroy(),
      async () => events.destroy(),
    );
    let publicUrl = `http://127.0.0.1:${DEFAULT_PORT}`;
    const world: World = {
      workspaces,
      site,
      sendPulls: async (messages) =>
        messages.forEach((message) => queues.send(`pull-${message.source}`, JSON.stringify(message))),
      bus: async () => ({ client: events, name: BUS }),
      channel: async (workspace) =>
        workspace.smtp === undefined || site(workspace.id).demo
          ? sesChannel({ client: ses, from: MAIL_FROM, configurationSet: MAIL_SET, find: (id) => inbox.find(id) })
          : smtpChannel({
              url: withLogin(workspace.smtp, options.env[secretVariable(workspace.id, 'mail')]),
              from: MAIL_FROM,
            }),
      get publicUrl() {
        return publicUrl;
      },
      linkKey: async () => keys.links,
    };
    return {
      workspaces,
      world,
      site,
      inbox,
      bus,
      files,
      log: options.log,
      ...settling(world, queues, bus, files.deadLetters),
      setPublicUrl: (url) => {
        publicUrl = url;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type SiteParts = {
  options: MachineOptions;
  stores: { real: Store; demo: Store };
  clock: Site['clock'];
  pseudonyms: string;
};

async function startSite(workspace: Workspace, { options, stores, clock, pseudonyms }: SiteParts): Promise<LocalSite> {
  const pseudonymKey = async () => createHmac('sha256', pseudonyms).update(workspace.id).digest('hex');
  const secretText = (name: string) => options.env[secretVariable(workspace.id, name)];
  const placeOf = (name: string) => `the environment or .env as ${secretVariable(workspace.id, name)}`;
  const channelSecret = async (name: string) =>
    checkedSecret(channelOf(workspace, name), workspace.id, secretText(name), placeOf(name));
  const common = { workspace, log: options.log, pseudonymKey, channelSecret };
  if (standsIn(workspace, (source) => Boolean(secretText(source)))) {
    const last = await stores.demo.nights.last(workspace.id);
    const begin = workspace.plan ? startOfDay(workspace.plan.start, workspace.timezone) : clock.now();
    const simulated = simulatedClock(options.now ?? last?.closedAt ?? last?.openedAt ?? begin);
    const demo = await startDemo(workspace, simulated);
    return {
      ...common,
      demo: true,
      store: stores.demo,
      clock: simulated,
      connect: async (source) => demo.connect(source),
      simulation: { demo, clock: simulated },
    };
  }
  return {
    ...common,
    demo: false,
    store: stores.real,
    clock,
    connect: async (name) => {
      const source = sourceOf(workspace, name);
      if (!source) throw new InputError(`workspace ${workspace.id} has no source "${name}"`);
      return {
        baseUrl: source.baseUrl,
        secret: checkedSecret(source, workspace.id, secretText(name), placeOf(name)),
      };
    },
  };
}

/** The loop that on AWS is the services': pulls run side by side, outboxes empty onto the bus, the bus calls the handlers. */
function settling(
  world: World,
  queues: ReturnType<typeof createQueues>,
  bus: Bus,
  deadLetterFile: string,
): Pick<Machine, 'settle' | 'alone' | 'redrive'> {
  const pullHandler = pull(world);
  const handlers = Object.fromEntries(
    [...new Set(world.workspaces.flatMap((one) => one.sources.map((source) => source.definition.name)))].map((name) => [
      `pull-${name}`,
      pullHandler,
    ]),
  );
  const stream: DynamoDBStreamEvent = {
    Records: world.workspaces.map(({ id }) => ({ dynamodb: { Keys: { pk: { S: outboxPartition(id) } } } })),
  };
  const behindQueue = (handler: ReturnType<typeof judge>) => async (events: readonly { id: string }[]) => {
    const records = events.map((event) => ({ messageId: event.id, body: JSON.stringify(event) }));
    const { batchItemFailures } = await handler({ Records: records } as Parameters<typeof handler>[0]);
    return { failed: batchItemFailures.map((failure) => failure.itemIdentifier) };
  };
  const targets = {
    judge: behindQueue(judge(world)),
    notify: behindQueue(notify(world)),
    deliver: behindQueue(deliver(world)),
  };
  let buried = 0;
  const once = async (): Promise<number> => {
    const pulled = await queues.drain(handlers, { concurrency: 8 });
    const dead = queues.deadLetters.slice(buried);
    buried += dead.length;
    bury(deadLetterFile, dead);
    const { published } = await publish(world)(stream);
    return pulled + published + (await bus.deliver(targets));
  };
  let turn: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
  };
  const settle = async () => {
    while ((await once()) > 0);
  };
  const again = async (letters: readonly DeadLetter[]): Promise<void> => {
    for (const letter of letters) {
      if (!('queue' in letter)) await bus.redeliver(letter.rule, [letter.event], targets);
      else if (Object.hasOwn(handlers, letter.queue)) queues.send(letter.queue, letter.body);
      else bury(deadLetterFile, [{ ...letter, error: 'no workspace has that source any more' }]);
    }
    await settle();
  };
  return { alone, settle: () => alone(settle), redrive: () => alone(() => redrive(deadLetterFile, again)) };
}
