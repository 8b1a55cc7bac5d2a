import { expect, it } from 'vitest';
import { served } from './served.ts';
import { tidyUp } from './support.ts';

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
  const { url } = await served(WORKSPACE);
  const post = async (...parts: string[]) => {
    const body = ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)));
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(`${url}/act`, { method: 'POST', headers, body, duplex: 'half' });
    return [answer.status, await answer.text()];
  };
  expect(await post('token=', 'forged&reason=none')).toEqual([400, expect.stringContaining('This link is not valid')]);
  expect(await post('token=', 'x'.repeat(10_000), 'x'.repeat(10_000))).toEqual([
    413,
    expect.stringContaining('send at most 16 KB'),
  ]);
});
