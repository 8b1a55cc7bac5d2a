import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from './app.ts';
import { problemAnswer } from './schemas.ts';
import type { Fixture } from './testing.ts';
import { startFixture } from './testing.ts';

let fixture: Fixture;
let api: ReturnType<typeof createApi>;
beforeAll(async () => {
  fixture = await startFixture();
  api = createApi({ ...fixture.ports, access: 'loopback' });
});
afterAll(() => fixture.close());

const get = async (path: string) => api.request(path);
const problem = async (path: string) => problemAnswer.parse(await (await get(path)).json());

describe("a metric's page", () => {
  const M = '/workspaces/acme/metrics';
  const textOf = (page: string) =>
    page
      .replaceAll(/^[\s\S]*<main id="main">|<svg[\s\S]*?<\/svg>|<details>[\s\S]*/g, '')
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim();

  it('explains its newest number in words, and each day that has one', async () => {
    const [newest, named] = await Promise.all([get(`${M}/nps`), get(`${M}/nps?day=2026-01-10`)]);
    const page = await named.text();
    expect(named.status).toBe(200);
    expect(textOf(await newest.text())).toContain('NPS on 10 Jan 2026 38 Settled');
    expect(textOf(page)).toBe(
      [
        '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; Ltd NPS on 10 Jan 2026 38 Settled',
        'Recorded by people or systems: nps',
        'State Settled: final as far as its source can tell, so that verdicts may rest on it',
        'Source Recorded by people or systems Pulled 12 Jan 2026, 02:00 (+02:00) Settled when it was pulled',
        'Revision 2 Sample n = 41',
        'Its way 13 Oct 14 Jan Dashed: where the plan wants it at its deadlines.',
        'Revisions Revision Value Change Pulled State',
        '1 36 11 Jan 2026, 02:00 (+02:00) settled 2 38 +2 12 Jan 2026, 02:00 (+02:00) settled',
        'It was changed once after it was first pulled.',
        'Evidence Requests 0 Rows read 1 Digest (SHA-256) ab Policy recorded',
      ].join(' '),
    );
    expect(page).not.toContain('<script');
    expect(page).toContain('<a href="/workspaces/acme/metrics/members?day=2026-01-10">Members</a>');
    expect(page).toContain('aria-label="NPS, 13 Oct to 14 Jan: one value, 38 on 10 Jan; the plan wants 40"');
  });

  it('leads to the days before and after it that have a value, and is led to from the cards', async () => {
    const ways = async (day: string) =>
      [...(await (await get(`${M}/members?day=${day}`)).text()).matchAll(/href="([^"]*\?day=[^"]*)">[^<]*[←→]/g)].map(
        ([, href]) => href,
      );
    expect(await ways('2026-01-03')).toEqual([`${M}/members?day=2026-01-12`]);
    expect(await ways('2026-01-05')).toEqual([`${M}/members?day=2026-01-03`, `${M}/members?day=2026-01-12`]);
    expect(await ways('2026-01-13')).toEqual([`${M}/members?day=2026-01-12`]);
    const cards = await (await get('/')).text();
    expect(cards).toContain(`<a class="explain" href="${M}/members?day=2026-01-12">Members</a>`);
    expect(cards).toContain(`<a class="explain" href="${M}/sales">Sales</a>`);
  });

  it('says that a stock was carried into its day', async () => {
    expect(textOf(await (await get(`${M}/members?day=2026-01-05`)).text())).toContain(
      'Carried forward: it was recorded 2 days before, and nothing since.',
    );
  });

  it('says where a day has no value, and which days have', async () => {
    const answer = await get(`${M}/nps?day=2026-01-11`);
    expect(answer.status).toBe(404);
    expect(textOf(await answer.text())).toContain(
      'No value is known for nps of acme on 2026-01-11; that is not the same as zero; the nearest day that has one is 2026-01-10.',
    );
    expect(textOf(await (await get(`${M}/uptime`)).text())).toContain(
      'No value is known for uptime of acme on 2026-01-14; that is not the same as zero; none is known from 2025-10-17 to 2026-02-14 either.',
    );
  });

  it('names the parameter that is wrong, and what is allowed', async () => {
    expect(await problem(`${M}/mrr`)).toMatchObject({
      status: 404,
      parameter: 'metric',
      detail: expect.stringContaining('acme has no metric "mrr"; it has: uptime, ') as string,
    });
    expect(await problem(`${M}/nps?day=2026-02-30`)).toMatchObject({ status: 400, parameter: 'day' });
    expect(await problem(`${M}/nps?dy=2026-01-10`)).toMatchObject({ status: 400, parameter: 'dy' });
    expect(await problem('/workspaces/nobody/metrics/nps')).toMatchObject({ status: 404, parameter: 'workspace' });
  });
});
