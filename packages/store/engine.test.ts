import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEngine } from './engine.ts';
import { createTable } from './table.ts';

const clientOf = (endpoint: string): DynamoDBClient => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'local', credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
};

async function temporaryFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-engine-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'not', 'there', 'yet.db');
}

/** Resolves once nobody listens there any more. */
async function untilGone(endpoint: string): Promise<void> {
  const socket = connect(Number(new URL(endpoint).port), '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code)).on('close', () => resolve(undefined));
  if ((await promise) !== 'ECONNREFUSED') await untilGone(endpoint);
}

describe('the embedded engine', () => {
  it('keeps its tables in the file, from one start to the next', async () => {
    const file = await temporaryFile();
    const first = await startEngine({ file });
    await createTable(clientOf(first.endpoint), 'plumbline');
    await createTable(clientOf(first.endpoint), 'plumbline');
    await first.stop();

    const second = await startEngine({ file });
    onTestFinished(() => second.stop());
    const { TableNames } = await clientOf(second.endpoint).send(new ListTablesCommand({}));
    expect(TableNames).toEqual(['plumbline']);
  });

  it('is gone once it was stopped, and stopping twice does no harm', async () => {
    const engine = await startEngine();
    await engine.stop();
    await engine.stop();
    expect(() => process.kill(engine.pid, 0)).toThrow('ESRCH');
  });

  it('ends when the process that started it is killed without a chance to clean up', async () => {
    const script = `import { startEngine } from ${JSON.stringify(new URL('engine.ts', import.meta.url).href)};
      console.log(JSON.stringify(await startEngine()));`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const { endpoint } = JSON.parse(line.toString()) as { endpoint: string };
    expect((await clientOf(endpoint).send(new ListTablesCommand({}))).TableNames).toEqual([]);
    parent.kill('SIGKILL');
    await untilGone(endpoint);
  });

  it('says why it could not start on a port that is taken', async () => {
    const engine = await startEngine();
    onTestFinished(() => engine.stop());
    const port = Number(new URL(engine.endpoint).port);
    await expect(startEngine({ port })).rejects.toThrow(`port ${port} is already in use`);
  });

  it('names the ways to get one on a machine that has none', async () => {
    const script = `Object.defineProperty(process, 'platform', { value: 'plan9' });
      const { startEngine } = await import(${JSON.stringify(new URL('engine.ts', import.meta.url).href)});
      await startEngine().catch((error) => console.log(error.code, error.message));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(line.toString()).toBe(
      `setup there is no embedded DynamoDB for plan9-${process.arch}: run npm install with optional packages, ` +
        'or put a dynoxide binary on PATH, or name a running DynamoDB Local in PLUMBLINE_DYNAMODB_ENDPOINT\n',
    );
  });
});
