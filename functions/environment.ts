import { createHmac } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { InputError, PlumblineError, SecretError } from '@plumbline/core/errors';
import type { Log } from '@plumbline/core/ports';
import type { Site } from '@plumbline/night/site';
import { openStore } from '@plumbline/store/open';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { checkedSecret, needsSecret, secretName } from '@plumbline/workspace/secrets';
import { channelOf, sourceOf } from '@plumbline/workspace/workspace';
import { z } from 'zod';
import type { World } from './world.ts';

/** What the CDK app sets. Each function gets only the names that it needs; the others are absent. */
const environmentSchema = z.object({
  PLUMBLINE_SEEDS: z.string().default('seeds'),
  PLUMBLINE_TABLE: z.string(),
  PLUMBLINE_BUS: z.string().optional(),
  /** By source: the address of its queue. */
  PLUMBLINE_QUEUES: z
    .string()
    .transform((text) => z.record(z.string(), z.url()).parse(JSON.parse(text)))
    .optional(),
  PLUMBLINE_PUBLIC_URL: z.string().optional(),
  PLUMBLINE_MAIL_FROM: z.string().optional(),
  PLUMBLINE_MAIL_CONFIGURATION: z.string().optional(),
  /** The folder of the pictures' renderer and font, where they travel beside the bundle. */
  PLUMBLINE_PICTURES: z.string().optional(),
  PLUMBLINE_LINK_SECRET: z.string().optional(),
  PLUMBLINE_PSEUDONYM_SECRET: z.string().optional(),
});

const log: Log = {
  info: (message, fields) => console.log(JSON.stringify({ level: 'info', message, ...fields })),
  warn: (message, fields) => console.warn(JSON.stringify({ level: 'warn', message, ...fields })),
};

const clock: Site['clock'] = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}),
};

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}

const world = once(async (): Promise<World> => {
  const env = environmentSchema.parse(process.env);
  const needed = (name: keyof typeof env): string => {
    const value = env[name];
    if (typeof value === 'string') return value;
    throw new PlumblineError('setup', `this function has no ${name}; deploy it with the CDK app, which sets it`);
  };
  const workspaces = await loadWorkspaces(env.PLUMBLINE_SEEDS);
  const store = openStore({ client: new DynamoDBClient({}), table: env.PLUMBLINE_TABLE });
  const secrets = new Map<string, () => Promise<string>>();
  const secret = (name: string): Promise<string> => {
    const get = secrets.get(name) ?? once(() => readSecret(name));
    secrets.set(name, get);
    return get();
  };
  return {
    workspaces,
    site: (id) => {
      const workspace = workspaces.find((one) => one.id === id);
      if (!workspace) throw new InputError(`there is no workspace "${id}"`);
      return {
        workspace,
        demo: false,
        store,
        clock,
        log,
        connect: async (name) => {
          const source = sourceOf(workspace, name);
          if (!source) throw new InputError(`workspace ${id} has no source "${name}"`);
          const place = secretName(id, name);
          const text = needsSecret(source) ? await secret(place) : '';
          return {
            baseUrl: source.baseUrl,
            secret: checkedSecret(source, id, text, `the secret ${place} in AWS Secrets Manager`),
          };
        },
        channelSecret: async (name) => {
          const place = secretName(id, name);
          const channel = channelOf(workspace, name);
          return checkedSecret(channel, id, await secret(place), `the secret ${place} in AWS Secrets Manager`);
        },
        pseudonymKey: async () =>
          createHmac('sha256', await secret(needed('PLUMBLINE_PSEUDONYM_SECRET')))
            .update(id)
            .digest('hex'),
      };
    },
    sendPulls: async (messages) => {
      const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs');
      const client = new SQSClient({});
      for (const message of messages) {
        const queue = env.PLUMBLINE_QUEUES?.[message.source];
        if (queue === undefined)
          throw new PlumblineError('setup', `there is no queue for source ${message.source}; deploy the CDK app again`);
        await client.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: JSON.stringify(message) }));
      }
    },
    bus: once(async () => {
      const { EventBridgeClient } = await import('@aws-sdk/client-eventbridge');
      return { client: new EventBridgeClient({}), name: needed('PLUMBLINE_BUS') };
    }),
    channel: once(async () => {
      const { SESv2Client } = await import('@aws-sdk/client-sesv2');
      const { SES_CLIENT, sesChannel } = await import('@plumbline/alerts/email/ses');
      const { pictureAssets } = await import('@plumbline/alerts/picture');
      const pictures = env.PLUMBLINE_PICTURES;
      if (pictures !== undefined) {
        pictureAssets({ wasm: path.join(pictures, 'index_bg.wasm'), font: path.join(pictures, 'DejaVuSans.ttf') });
      }
      return sesChannel({
        client: new SESv2Client(SES_CLIENT),
        from: needed('PLUMBLINE_MAIL_FROM'),
        configurationSet: env.PLUMBLINE_MAIL_CONFIGURATION,
      });
    }),
    publicUrl: env.PLUMBLINE_PUBLIC_URL ?? '',
    linkKey: () => secret(needed('PLUMBLINE_LINK_SECRET')),
  };
});

async function readSecret(name: string): Promise<string> {
  const { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } =
    await import('@aws-sdk/client-secrets-manager');
  try {
    const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: name }));
    return SecretString ?? '';
  } catch (cause) {
    if (!(cause instanceof ResourceNotFoundException)) throw cause;
    throw new SecretError(`there is no secret ${name} in AWS Secrets Manager; make it there`, { cause });
  }
}

/** A Lambda handler around a handler of ours; it and its world are made at the first call and kept while the instance lives. */
export function onAws<Event, Result>(
  make: (world: World) => (event: Event, context: Context) => Promise<Result>,
): (event: Event, context: Context) => Promise<Result> {
  const handle = once(async () => make(await world()));
  return async (event, context) => (await handle())(event, context);
}
