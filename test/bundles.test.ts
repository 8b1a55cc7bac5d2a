import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toDay } from '@plumbline/core/day';
import { sources } from '@plumbline/sources/registry';
import { startEngine } from '@plumbline/store/engine';
import { openStore } from '@plumbline/store/open';
import { createTable } from '@plumbline/store/table';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { Synthesis } from './synthesis.ts';
import { pulledSources, pullOf, root, synthesise } from './synthesis.ts';

const CREDENTIALS = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

let made: Synthesis;

beforeAll(async () => {
  made = await synthesise({ bundles: true });
}, 120_000);
afterAll(async () => made.remove());

function bundleOf(name: string): string {
  const { Code } = z
    .looseObject({ Code: z.looseObject({ S3Key: z.string() }) })
    .parse(made.functions()[name]?.Properties);
  return path.join(made.folder, `asset.${path.basename(Code.S3Key, '.zip')}`);
}

async function packagesIn(name: string): Promise<Set<string>> {
  const text = await readFile(path.join(bundleOf(name), 'index.mjs.map'), 'utf8');
  const { sources: files } = z.object({ sources: z.array(z.string()) }).parse(JSON.parse(text));
  return new Set(files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
}

/** Loads a bundle as Lambda does, in a process of its own that stands in the bundle's folder, and calls its handler. */
async function call(name: string, event: unknown, env: Record<string, string> = {}): Promise<unknown> {
  const script = `const { handler } = await import('./index.mjs');
    process.stdout.write('\\n' + JSON.stringify(await handler(${JSON.stringify(event)})));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: bundleOf(name),
    env: {
      ...CREDENTIALS,
      PLUMBLINE_TABLE: 'plumbline',
      PLUMBLINE_SEEDS: 'seeds',
      PLUMBLINE_BUS: 'plumbline',
      PLUMBLINE_MAIL_FROM: 'alerts@mail.example',
      PLUMBLINE_PSEUDONYM_SECRET: 'pseudonym-key',
      ...env,
    },
  });
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n')));
}

/** A loopback server that answers every POST or GET alike, for the time of a test. */
async function serve(status: number, answer: (body: string) => unknown): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url?.split('?')[0]}`);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer(Buffer.concat(parts).toString())));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe('a bundle', () => {
  it("carries its own source's SDK and none of another source's", async () => {
    const sdks = sources.flatMap(({ sdk }) => sdk);
    for (const { name, sdk } of await pulledSources()) {
      const packages = await packagesIn(pullOf(name));
      expect(sdks.filter((one) => packages.has(one))).toEqual([...sdk]);
    }
    for (const name of ['Api', 'Dispatch', 'Judge', 'Notify', 'Publish', 'Record', 'Sweep', 'Watch']) {
      const packages = await packagesIn(name);
      expect(sdks.filter((one) => packages.has(one))).toEqual([]);
    }
  });

  it('loads by itself and handles an event, with the workspaces beside it', async () => {
    for (const name of ['PullStripe', 'PullGa4', 'PullMixpanel', 'PullUptime', 'PullGithub', 'Judge', 'Notify']) {
      expect([name, await call(name, { Records: [] })]).toEqual([name, { batchItemFailures: [] }]);
    }
    expect(await call('Publish', { Records: [] })).toEqual({ published: 0 });
    const request = {
      version: '2.0',
      rawPath: '/openapi.json',
      rawQueryString: '',
      headers: { host: 'api.example' },
      requestContext: { domainName: 'api.example', http: { method: 'GET', path: '/openapi.json' } },
      isBase64Encoded: false,
    };
    expect(await call('Api', request)).toMatchObject({ statusCode: 200 });
    const path = '/v1/workspaces/bakhmach/records';
    const http = { method: 'POST', path };
    const sent = { ...request, rawPath: path, requestContext: { ...request.requestContext, http }, body: '{}' };
    expect(await call('Record', sent)).toMatchObject({ statusCode: 401 });
  });

  it("brings the notifier's picture renderer and font along", async () => {
    const [program, font] = await Promise.all(
      ['index_bg.wasm', 'DejaVuSans.ttf'].map((file) => readFile(path.join(bundleOf('Notify'), 'pictures', file))),
    );
    expect(program?.subarray(0, 4).toString('latin1')).toBe('\0asm');
    expect(font?.byteLength).toBeGreaterThan(500_000);
  });

  it('pulls as deployed: reads its secret, asks the vendor by its own SDK, and notes a refusal in the night', async () => {
    const engine = await startEngine();
    onTestFinished(() => engine.stop());
    const client = new DynamoDBClient({
      endpoint: engine.endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    await createTable(client, 'plumbline');
    const vendor = await serve(403, () => ({ error: { code: 403, message: 'no', status: 'PERMISSION_DENIED' } }));
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const account = JSON.stringify({
      type: 'service_account',
      client_email: 'reader@project.example',
      private_key: key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    });
    const values: Record<string, string> = {
      'plumbline/bakhmach/stripe': 'rk_test_1',
      'plumbline/bakhmach/ga4': account,
      'plumbline/bakhmach/mixpanel': 'user:secret',
      'plumbline/bakhmach/uptime': 'token',
      'plumbline/bakhmach/github': 'github_pat_1',
      'pseudonym-key': 'p'.repeat(64),
    };
    const secrets = await serve(200, (body) => {
      const { SecretId } = z.object({ SecretId: z.string() }).parse(JSON.parse(body));
      return { Name: SecretId, SecretString: values[SecretId] };
    });

    const seeds = await mkdtemp(path.join(tmpdir(), 'plumbline-seeds-'));
    onTestFinished(() => rm(seeds, { recursive: true, force: true }));
    await cp(path.join(root, 'seeds', 'bakhmach'), path.join(seeds, 'bakhmach'), { recursive: true });
    const file = path.join(seeds, 'bakhmach', 'workspace.yaml');
    const yaml = await readFile(file, 'utf8');
    await writeFile(
      file,
      yaml
        .replace('  stripe: {}', `  stripe: { baseUrl: "${vendor.url}" }`)
        .replaceAll(/^ {2}(ga4|mixpanel|uptime|github):$/gm, `  $1:\n    baseUrl: "${vendor.url}"`),
    );

    const env = {
      PLUMBLINE_SEEDS: seeds,
      AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    };
    const day = '2026-02-12';
    const pulled = ['stripe', 'ga4', 'mixpanel', 'uptime', 'github'];
    const store = openStore({ client, table: 'plumbline' });
    await store.nights.open({
      workspace: 'bakhmach',
      day: toDay(day),
      id: `night_bakhmach_${day}`,
      expects: pulled,
      sources: [],
      openedAt: Date.parse('2026-02-13T01:00:00Z'),
      silent: false,
      demo: false,
    });
    for (const source of pulled) {
      const body = JSON.stringify({ workspace: 'bakhmach', source, day });
      const answer = await call(pullOf(source), { Records: [{ messageId: 'one', body }] }, env);
      expect([source, answer]).toEqual([source, { batchItemFailures: [] }]);
    }
    const night = await store.nights.get('bakhmach', toDay(day));
    const results = night?.sources.map(({ source, state, error }) => [source, state, error]);
    expect(results).toEqual(
      pulled
        .toSorted()
        .map((source) => [source, 'failed', expect.stringMatching(new RegExp(`^\\[${source}\\] .*answered 403`))]),
    );
    expect(vendor.asked.length).toBeGreaterThanOrEqual(pulled.length);
    // Before that instant nothing can have become late, so the watch has nothing to say but that it looked.
    expect(await call('Watch', { at: '2026-01-01T00:00:00Z' }, env)).toEqual({ watched: 1 });
  }, 60_000);
});
