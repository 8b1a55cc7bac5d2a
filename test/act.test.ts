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

it('the form behind a link is taken also where it streams in without telling its length, up to the same 16 KB', async () => {
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
  const post = async (...parts: string[]) => {
    const body = ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)));
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(`${site.url}/act`, { method: 'POST', headers, body, duplex: 'half' });
    return [answer.status, await answer.text()];
  };
  expect(await post('token=', 'forged&reason=none')).toEqual([400, expect.stringContaining('This link is not valid')]);
  expect(await post('token=', 'x'.repeat(10_000), 'x'.repeat(10_000))).toEqual([
    413,
    expect.stringContaining('send at most 16 KB'),
  ]);
});
