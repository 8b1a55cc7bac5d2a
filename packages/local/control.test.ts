import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import type { Outcome, Run } from './control.ts';
import { attach, serveControl } from './control.ts';
import { filesIn } from './folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'plumbline-control-'));
});
afterEach(() => rm(folder, { recursive: true }));

const OUTCOME: Outcome = { exit: 3, data: { rows: [1, { ü: null }] }, text: 'two\nlines' };

async function served(run: Run) {
  const control = await serveControl(folder, { seeds: '/seeds', kind: 'up' }, run);
  if (!control) throw new Error('the folder is taken');
  onTestFinished(() => control.close());
  const attached = await attach(folder, '/seeds');
  if (!attached) throw new Error('nobody works on the folder');
  return { control, attached };
}

it('a command runs in the process that has the folder open, and tells how far it is while it runs', async () => {
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<undefined>();
  const asked: unknown[] = [];
  const { attached } = await served(async (command, args, progress) => {
    asked.push(command, args);
    progress?.('first month');
    await mayEnd;
    progress?.('über\nall');
    return OUTCOME;
  });
  const heard: string[] = [];
  const outcome = await attached('backfill', { workspace: 'acme' }, (line) => {
    heard.push(line);
    // Ends only once the first line has come through.
    end(undefined);
  });
  expect(asked).toEqual(['backfill', { workspace: 'acme' }]);
  expect(heard).toEqual(['first month', 'über\nall']);
  expect(outcome).toEqual(OUTCOME);
});

it('a silent command gives a sign of life each minute, which nobody has to read', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<undefined>();
  await served(async () => {
    await mayEnd;
    return OUTCOME;
  });
  const { url, token } = z
    .object({ url: z.string(), token: z.string() })
    .parse(JSON.parse(await readFile(filesIn(folder).running, 'utf8')));
  const answer = await fetch(`${url}/run`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ command: 'night', args: {} }),
  });
  const lines = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  vi.advanceTimersByTime(60_000);
  expect(await lines?.read()).toEqual({ done: false, value: '\n' });
  end(undefined);
  expect(await lines?.read()).toEqual({ done: false, value: `${JSON.stringify({ outcome: OUTCOME })}\n` });
  expect(await lines?.read()).toEqual({ done: true, value: undefined });
  expect(vi.getTimerCount()).toBe(0);
});

it('a process that ends before its answer is named', async () => {
  const { control, attached } = await served(async (_command, _args, progress) => {
    progress?.('begun');
    return Promise.withResolvers<Outcome>().promise;
  });
  const asked = attached('night', {}, () => void control.close());
  await expect(asked).rejects.toThrow(`the running "plumbline up" (process ${process.pid}) ended meanwhile; try again`);
});
