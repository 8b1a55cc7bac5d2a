import { createHmac } from 'node:crypto';
import path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { sesChannel } from '@plumbline/alerts/email/ses';
import { InputError } from '@plumbline/core/errors';
import { silentLog } from '@plumbline/core/ports';
import { dispatch } from '@plumbline/functions/dispatch';
import { judge } from '@plumbline/functions/judge';
import { notify } from '@plumbline/functions/notify';
import { publish } from '@plumbline/functions/publish';
import { pull } from '@plumbline/functions/pull';
import { sweep } from '@plumbline/functions/sweep';
import type { World } from '@plumbline/functions/world';
import type { PullMessage } from '@plumbline/night/dispatch';
import { outboxPartition } from '@plumbline/store/keys';
import { openStore } from '@plumbline/store/open';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { checkedSecret, secretVariable } from '@plumbline/workspace/secrets';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { morningAfter, NIGHT, SECRETS, WORKSPACE } from './company.ts';
import { freezing } from './freezing.ts';
import type { Outcome } from './outcome.ts';
import { differences, outcomeOf, TABLE } from './outcome.ts';
import type { Point } from './prepared.ts';
import { prepared } from './prepared.ts';
import type { Sent, Services } from './services.ts';
import { startProxy, startServices } from './services.ts';
import { CLIENT, copiesOf } from './tables.ts';

// A night as it is on AWS: the deployed handlers, called by queues, schedules and the table's stream, which outlive them.

const MINUTE = 60_000;
/** Nothing of a night takes longer, however often it dies. */
const LONGEST_MS = 12 * 60 * MINUTE;

export type CloudCrash = {
  deaths: string[];
  differences: string[];
  /** Mails that were accepted more than once, with the minutes between. */
  twice: { id: string; minutes: number }[];
};

type Options = {
  /** Whether the mail service's events of what it accepted come. */
  sesTells: boolean;
};

/** A company on AWS whose last night is about to run, and what that night comes to where nobody disturbs it. */
export async function nightInTheCloud() {
  const { company, eve, close } = await prepared();
  const [workspace] = await loadWorkspaces(company.seeds);
  if (!workspace) throw new Error('there is no workspace');
  const tables = await copiesOf(path.join(eve, 'dynamodb.db'), TABLE);

  const live = async (points: readonly Point[], { sesTells }: Options) => {
    const table = await tables.copy();
    const time = { now: Date.parse(morningAfter(NIGHT)) };
    const services = await startServices(() => time.now, { sesTells });
    const deaths: string[] = [];
    let moments: string[] = [];
    const begun = time.now;
    const left = [...points];
    try {
      for (;;) {
        const lifetime = await startLife({ table, services, time, diesAt: left.shift() });
        const died = await lifetime.run(() => time.now - begun > LONGEST_MS);
        moments = lifetime.moments;
        await lifetime.end();
        if (died === undefined) break;
        deaths.push(died);
      }
      const outcome = await outcomeOf(openStore({ client: tables.client, table }), {
        events: services.events,
        mails: services.sent.map(({ id }) => id),
        deadLetters: services.deadLetters,
      });
      return { deaths, moments, outcome, sent: services.sent };
    } finally {
      await services.close();
      await tables.drop(table);
    }
  };

  /** The handlers of one deployment from its first call to its death, all of them at once. */
  const startLife = async (given: {
    table: string;
    services: Services;
    time: { now: number };
    diesAt: Point | undefined;
  }) => {
    const { services, time } = given;
    const gate = freezing(given.diesAt);
    const client = new DynamoDBClient({ ...CLIENT, endpoint: tables.endpoint });
    const events = new EventBridgeClient({ ...CLIENT, endpoint: services.busUrl });
    const ses = new SESv2Client({
      ...CLIENT,
      endpoint: services.sesUrl,
      maxAttempts: 1,
    });
    for (const one of [client, events, ses]) gate.guard(one);
    const proxies = new Map(
      await Promise.all(
        Object.entries(company.servers).map(async ([name, { url }]) => [name, await startProxy(url, gate)] as const),
      ),
    );
    const channel = sesChannel({ client: ses, from: 'Plumbline <alerts@plumbline.example>' });
    const site: ReturnType<World['site']> = {
      workspace,
      demo: false,
      store: openStore({ client, table: given.table }),
      clock: {
        now: () => time.now,
        sleep: async (ms) => {
          await gate.stillAlive();
          time.now += Math.ceil(ms);
        },
      },
      log: silentLog,
      connect: async (name) => {
        const source = workspace.sources.find(({ definition }) => definition.name === name);
        if (!source) throw new InputError(`there is no source ${name}`);
        const text = (SECRETS as Record<string, string>)[secretVariable(WORKSPACE, name)];
        return { baseUrl: proxies.get(name)?.url, secret: checkedSecret(source, WORKSPACE, text, 'the test') };
      },
      channelSecret: async () => '',
      pseudonymKey: async () => createHmac('sha256', 'test').update(WORKSPACE).digest('hex'),
    };
    const world: World = {
      workspaces: [workspace],
      site: () => site,
      sendPulls: async (messages: readonly PullMessage[]) => {
        for (const message of messages) {
          await gate.pass('ask SendMessage');
          services.queue('pull').send(JSON.stringify(message));
          await gate.pass('answer SendMessage');
        }
      },
      bus: async () => ({ client: events, name: 'plumbline' }),
      channel: async () => channel,
      publicUrl: 'https://plumbline.example',
      linkKey: async () => 'k'.repeat(32),
    };
    const stream: DynamoDBStreamEvent = {
      Records: [{ dynamodb: { Keys: { pk: { S: outboxPartition(WORKSPACE) } } } }],
    };
    const context = { getRemainingTimeInMillis: () => 15 * MINUTE };
    const handlers = { pull: pull(world), judge: judge(world), notify: notify(world) };
    const workOff = async (): Promise<void> => {
      for (;;) {
        await publish(world)(stream);
        let handled = 0;
        for (const name of ['pull', 'judge', 'notify'] as const) {
          handled += await services.queue(name).receive((event) => handlers[name](event, context));
        }
        if (handled === 0) return;
      }
    };
    const night = async (isLate: () => boolean): Promise<undefined> => {
      for (;;) {
        await dispatch(world)();
        await workOff();
        await sweep(world)();
        await workOff();
        const { closedAt } = (await site.store.nights.last(WORKSPACE)) ?? {};
        if (closedAt !== undefined && services.isQuiet()) return undefined;
        if (isLate()) throw new Error('the night came to no end');
        time.now += 15 * MINUTE;
      }
    };
    return {
      moments: gate.moments,
      /** Until nothing is left to do, or to the moment of death. */
      run: (isLate: () => boolean): Promise<string | undefined> => Promise.race([night(isLate), gate.died]),
      end: async (): Promise<void> => {
        await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
        for (const one of [client, events, ses]) one.destroy();
      },
    };
  };

  const calm = await live([], { sesTells: true });
  return {
    /** Of the undisturbed night, in their order: `ask TransactWriteItems`. */
    moments: calm.moments,
    undisturbed: calm.outcome,
    /** Ends all handlers of a copy of the night at the first point, those that come next at the second, and so on; then lets them work. */
    crash: async (points: readonly Point[], options: Options = { sesTells: true }): Promise<CloudCrash> => {
      const { deaths, outcome, sent } = await live(points, options).catch((error: unknown) => ({
        deaths: [String(error)],
        outcome: {} as Outcome,
        sent: [] as Sent[],
      }));
      return { deaths, differences: differences(outcome, calm.outcome), twice: twiceIn(sent) };
    },
    close: async (): Promise<void> => {
      await tables.close();
      await close();
    },
  };
}
export type NightInTheCloud = Awaited<ReturnType<typeof nightInTheCloud>>;

const twiceIn = (sent: readonly Sent[]): CloudCrash['twice'] =>
  [...Map.groupBy(sent, ({ id }) => id)].flatMap(([id, copies]) =>
    copies.slice(1).map(({ at }, index) => ({ id, minutes: (at - (copies[index]?.at ?? at)) / MINUTE })),
  );
