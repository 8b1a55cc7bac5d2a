import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { plumbline, seedsWith, start, temporaryFolder, tidyUp, until } from './support.ts';

tidyUp();

const SECONDS = 60_000;

/** A company that pulls nothing, so that its nights close as soon as they are opened. */
const file = (more = '') => `workspace: acme
name: Acme
timezone: "+02:00"
currency: USD
dris: { ceo: { title: CEO, email: ceo@acme.example } }
fallbackDri: ceo
sources: { record: { metrics: [{ id: members, unit: count, kind: stock, direction: up }] } }
${more}`;

let seeds: string;
let data: string;
beforeAll(async () => {
  seeds = await seedsWith('acme', { 'workspace.yaml': file() });
  data = await temporaryFolder();
});

const at = (now: string, ...words: string[]) => [...words, '--now', now, '--seeds', seeds, '--data', data];

describe('watch', () => {
  it(
    'says that a night is late where `up` was killed before it ran, until `up` has run it',
    async () => {
      const once = await plumbline(at('2026-02-12T01:00:00Z', 'up', '--once', '--port', '0'));
      expect(once.exit).toBe(0);
      const { child, said, ended } = start(at('2026-02-13T00:30:00Z', 'up', '--port', '0'));
      await until(() => said().includes('Ctrl-C stops it'), 'it serves');
      child.kill('SIGKILL');
      await ended;

      expect(await plumbline(at('2026-02-13T04:59:00Z', 'watch'))).toEqual({
        exit: 0,
        out: 'Acme: complete through 2026-02-11; nothing is late\n',
        err: '',
      });
      const words = 'the night of 2026-02-12 is late since 2026-02-13 07:00: it was never opened';
      const late = await plumbline(at('2026-02-13T05:01:00Z', 'watch', '--workspace', 'acme'));
      expect(late).toEqual({ exit: 1, out: `Acme: ${words}\n`, err: '' });
      const { exit, out } = await plumbline(at('2026-02-13T05:01:00Z', 'watch', '--json'));
      expect([exit, JSON.parse(out)]).toEqual([
        1,
        {
          workspaces: [
            {
              workspace: 'acme',
              demo: false,
              lastComplete: '2026-02-11',
              late: [{ day: '2026-02-12', since: '2026-02-13T05:00:00Z', openedAt: null, awaits: [] }],
              findings: [{ since: '2026-02-13T05:00:00Z', says: words }],
            },
          ],
        },
      ]);

      expect((await plumbline(at('2026-02-13T05:02:00Z', 'up', '--once', '--port', '0'))).exit).toBe(0);
      const healed = await plumbline(at('2026-02-13T05:03:00Z', 'watch'));
      expect([healed.exit, healed.out]).toEqual([0, 'Acme: complete through 2026-02-12; nothing is late\n']);
    },
    SECONDS,
  );

  it('asks a running `up` on the same folder', async () => {
    const folder = await temporaryFolder();
    const { child, said, ended } = start(['serve', '--port', '0', '--seeds', seeds, '--data', folder]);
    await until(() => said().includes('Ctrl-C stops it'), 'it serves');
    const { exit, out } = await plumbline(['watch', '--seeds', seeds, '--data', folder]);
    expect([exit, out]).toEqual([1, expect.stringMatching(/^Acme: the night of .* is late since .*never opened\n$/)]);
    child.kill('SIGTERM');
    await ended;
  });

  it('names the workspaces there are where one is not', async () => {
    const { exit, err } = await plumbline(['watch', '--workspace', 'other', '--seeds', seeds, '--data', data]);
    expect([exit, err]).toEqual([2, expect.stringContaining('there are: acme')]);
  });
});

it('a heartbeat goes out once per complete night', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end('OK');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`;
  const folder = await seedsWith('acme', { 'workspace.yaml': file(`heartbeat: ${address}\n`) });
  const up = ['up', '--once', '--port', '0', '--now', '2026-02-13T01:00:00Z', '--seeds', folder, '--data', data];
  const fresh = await temporaryFolder();
  for (let turn = 0; turn < 2; turn += 1) expect((await plumbline([...up.slice(0, -1), fresh])).exit).toBe(0);
  expect(asked).toEqual(['GET /ping']);
});
