import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { toInstant } from '@plumbline/core/zone';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { expect, it, onTestFinished } from 'vitest';
import { simulatedClock } from './clock.ts';
import { startDemo } from './demo.ts';

it('stands in for Better Stack and says so where another service is named', async () => {
  const seeds = await mkdtemp(path.join(tmpdir(), 'plumbline-demo-'));
  onTestFinished(() => rm(seeds, { recursive: true }));
  const withUptime = async (uptime: string) => {
    await mkdir(path.join(seeds, 'acme'), { recursive: true });
    const text = `{ workspace: acme, name: Acme, timezone: UTC, currency: USD, demo: bakhmach, fallbackDri: ceo,
      dris: { ceo: { title: CEO, email: ceo@acme.example } }, sources: { uptime: ${uptime} } }`;
    await writeFile(path.join(seeds, 'acme', 'workspace.yaml'), text);
    const [workspace] = await loadWorkspaces(seeds);
    if (!workspace) throw new Error('the seeds have no workspace');
    return startDemo(workspace, simulatedClock(toInstant('2026-02-01T00:00:00Z')));
  };
  const demo = await withUptime('{ provider: betterstack, monitors: ["1234"] }');
  onTestFinished(() => demo.close());
  expect(demo.connect('uptime')).toEqual({
    baseUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    secret: 'demo-token',
  });
  await expect(withUptime('{ provider: uptimerobot, monitors: ["1"] }')).rejects.toThrow(
    'the demo stands in for Better Stack, not for uptimerobot: write provider: betterstack, or take demo out of workspace acme',
  );
});
