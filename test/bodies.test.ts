import { silentLog } from '@plumbline/core/ports';
import { toInstant } from '@plumbline/core/zone';
import { startMachine } from '@plumbline/local/machine';
import { serveSite } from '@plumbline/local/serve-site';
import { expect, it, onTestFinished } from 'vitest';
import { seedsWith, temporaryFolder, tidyUp } from './support.ts';

tidyUp();

const WORKSPACE = `
workspace: acme
name: Acme
timezone: Europe/Kyiv
currency: EUR
dris: { lead: { title: Lead, email: lead@acme.example } }
fallbackDri: lead
sources: { record: { metrics: [{ id: members, unit: count, kind: stock, direction: up }] } }
`;

it('what comes in parts, without telling its length, is taken or refused like all else', async () => {
  const machine = await startMachine({
    data: await temporaryFolder(),
    seeds: await seedsWith('acme', { 'workspace.yaml': WORKSPACE }),
    env: {},
    log: silentLog,
    now: toInstant('2026-02-12T10:00:00Z'),
  });
  onTestFinished(() => machine.close());
  const site = await serveSite(machine);
  onTestFinished(() => site.close());
  const send = async (path: string, type: string, ...parts: string[]) => {
    const body = ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)));
    const headers = { 'content-type': type };
    const answer = await fetch(`${site.url}${path}`, { method: 'POST', headers, body, duplex: 'half' });
    return [answer.status, await answer.text()];
  };
  const record = (...parts: string[]) => send('/v1/workspaces/acme/records', 'application/json', ...parts);
  expect(await record('{"records":[{"metric":"members",', '"day":"2026-02-12","value":412}]}')).toEqual([
    200,
    '{"workspace":"acme","written":1,"unchanged":0}',
  ]);
  expect(await record(...Array<string>(20).fill(' '.repeat(64 * 1024)))).toEqual([
    413,
    expect.stringContaining('send at most 500 records and 1 MB at once; split it'),
  ]);
  const act = (...parts: string[]) => send('/act', 'application/x-www-form-urlencoded', ...parts);
  expect(await act('token=', 'forged&reason=none')).toEqual([400, expect.stringContaining('This link is not valid')]);
  expect(await act('token=', 'x'.repeat(10_000), 'x'.repeat(10_000))).toEqual([
    413,
    expect.stringContaining('send at most 16 KB'),
  ]);
});
