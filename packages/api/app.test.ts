import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { digestOf } from './access.ts';
import { createApi } from './app.ts';
import { routes } from './routes.ts';
import { problemAnswer, workspaceList } from './schemas.ts';
import type { Fixture } from './testing.ts';
import { HOSTILE, NOW, startFixture } from './testing.ts';

let fixture: Fixture;
let api: ReturnType<typeof createApi>;
beforeAll(async () => {
  fixture = await startFixture();
  const record = () => Promise.reject(new Error('nothing is recorded here'));
  api = createApi({ ...fixture.ports, access: 'loopback', record });
});
afterAll(() => fixture.close());

const get = async (path: string, headers: Record<string, string> = {}) => api.request(path, { headers });
const body = async (path: string): Promise<unknown> => (await get(path)).json();
const A = '/v1/workspaces/acme';

async function problem(path: string, init: RequestInit = {}) {
  const answer = await api.request(path, init);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  return problemAnswer.parse(await answer.json());
}

describe('the description', () => {
  const EXAMPLES: Record<string, string> = {
    metrics: `${A}/metrics`,
    snapshots: `${A}/snapshots?metric=nps,members&limit=3`,
    'snapshots/{day}': `${A}/snapshots/2026-01-10`,
    'snapshots/{day}/{metric}': `${A}/snapshots/2026-01-10/nps`,
    plan: `${A}/plan`,
    indicators: `${A}/indicators`,
    transitions: `${A}/transitions`,
    'reviews/{review}/{day}': `${A}/reviews/weekly/2026-01-15`,
    nights: `${A}/nights`,
  };

  it('holds for what each route really answers', async () => {
    expect(Object.keys(EXAMPLES)).toEqual(routes.map(({ path }) => path));
    const examples: [string, z.ZodType][] = routes.map(({ path, answer }) => [EXAMPLES[path] ?? '', answer]);
    for (const [path, schema] of [...examples, ['/v1/workspaces', workspaceList] as const]) {
      const read = schema.safeParse(await body(path));
      expect([path, read.error?.issues]).toEqual([path, undefined]);
    }
  });

  it('names every route that is served, and its parameters', async () => {
    const described = (await body('/openapi.json')) as {
      openapi: string;
      paths: Record<string, { get: { parameters: { name: string }[] } }>;
    };
    const served = api.routes
      .filter(({ method, path }) => (method === 'GET' || method === 'POST') && path.startsWith('/v1/'))
      .map(({ path }) => path.replaceAll(/:(\w+)/g, '{$1}'));
    expect(described.openapi).toBe('3.1.0');
    expect(Object.keys(described.paths).sort()).toEqual([...new Set(served)].sort());
    expect(described.paths['/v1/workspaces/{workspace}/snapshots']?.get.parameters.map(({ name }) => name)).toEqual([
      'workspace',
      'metric',
      'from',
      'to',
      'as_of',
      'cursor',
      'limit',
    ]);
  });
});

it('the page of a review shows what the route answers, and lets nothing in as markup', async () => {
  const answer = await api.request('/reviews/acme/weekly');
  const page = await answer.text();
  expect(answer.status).toBe(200);
  expect(page).toContain('Weekly review, <span class="nowrap">Thursday 2026-01-15,</span> 10:00');
  expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; NPS &gt;40');
  expect(page).not.toContain('<script');
});

describe('snapshots', () => {
  type Rows = { data: { metric: string; day: string; value: number; quality: string[] }[]; next: string | null };
  const rows = async (query: string) => {
    const { data, next } = (await body(`${A}/snapshots?${query}`)) as Rows;
    return { rows: data.map(({ metric, day, value, quality }) => [day, metric, value, ...quality]), next };
  };

  it('carry a recorded stock forward up to the last night, and nothing else', async () => {
    expect(await rows('metric=members,nps&from=2026-01-09')).toEqual({
      rows: [
        ['2026-01-09', 'members', 50, 'carried:6d'],
        ['2026-01-10', 'members', 50, 'carried:7d'],
        ['2026-01-10', 'nps', 38],
        ['2026-01-11', 'members', 50, 'carried:8d'],
        ['2026-01-12', 'members', 60],
        ['2026-01-13', 'members', 60, 'carried:1d'],
        ['2026-01-14', 'members', 60, 'carried:2d'],
      ],
      next: null,
    });
  });

  it('are known as they were at an instant', async () => {
    expect(await rows('metric=nps&as_of=2026-01-11T23:59:59Z')).toEqual({
      rows: [['2026-01-10', 'nps', 36]],
      next: null,
    });
    expect((await rows('metric=nps&as_of=2026-01-12T00:00:00Z')).rows).toEqual([['2026-01-10', 'nps', 38]]);
    expect((await rows('as_of=2026-01-10T23:59:59Z')).rows).toEqual([]);
  });

  it('come in pages that together are the whole', async () => {
    const whole = await rows('');
    const pages = [];
    let next: string | null = '';
    while (next !== null) {
      const page: Awaited<ReturnType<typeof rows>> = await rows(`limit=4${next && `&cursor=${next}`}`);
      pages.push(...page.rows);
      next = page.next;
    }
    expect(pages).toEqual(whole.rows);
    expect(whole.rows).toHaveLength(14);
    expect((await get(`${A}/snapshots?limit=4`)).headers.get('link')).toMatch(
      /^<\/v1\/.*limit=4&cursor=.*>; rel="next"$/,
    );
  });

  it('explain one number with all its revisions, money in dollars', async () => {
    expect(await body(`${A}/snapshots/2026-01-10/nps`)).toMatchObject({
      value: 38,
      revision: 2,
      revisions: [
        { value: 36, revision: 1, n: 40 },
        { value: 38, revision: 2, n: 41 },
      ],
    });
    expect(await body(`${A}/snapshots/2026-01-05/sales`)).toMatchObject({ value: 312.5, unit: 'USD' });
    expect(await body(`${A}/snapshots/2026-01-11/members`)).toMatchObject({ value: 50, quality: ['carried:8d'] });
  });

  it('that are missing are not zero', async () => {
    expect(await problem(`${A}/snapshots/2026-01-11/nps`)).toEqual({
      type: 'about:blank',
      title: 'There is no such thing',
      status: 404,
      detail:
        'no value is known for nps of acme on 2026-01-11; that is not the same as zero; the nearest day that has one is 2026-01-10',
    });
    expect((await problem(`${A}/snapshots/2026-01-01`)).status).toBe(404);
    expect((await problem(`${A}/snapshots/2026-01-15/members`)).status).toBe(404);
  });

  it('are CSV for who asks for it', async () => {
    const answer = await get(`${A}/snapshots?metric=sales`, { accept: 'text/csv' });
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect(await answer.text()).toBe(
      'workspace,metric,day,value,unit,state,source,revision\r\nacme,sales,2026-01-05,312.5,USD,settled,record,1\r\n',
    );
  });
});

describe('CSV', () => {
  it('keeps texts from running as formulas', async () => {
    const text = await (await get(`${A}/transitions`, { accept: 'text/csv' })).text();
    expect(text).toContain(`"'=1+1 <script>alert(""x"")</script>"`);
    expect(text).toContain(',-2,41,');
  });

  it('leaves what is nested to JSON, without an empty column for it', async () => {
    const text = await (await get(`${A}/indicators`, { accept: 'text/csv' })).text();
    expect(text.split('\r\n')[0]).toBe(
      'workspace,asOf,id,says,when,deadline,line,metric,status,overlays,since,value,day,unit,n,target,gap,requiredPace,actualPace,missing,failingDays,dri,priority,risk,mitigation',
    );
  });
});

describe('the catalogue', () => {
  it('says how fresh each metric is', async () => {
    const { data } = (await body(`${A}/metrics`)) as { data: { metric: string; lastDay: string; freshness: string }[] };
    const known = data.map(({ metric, lastDay, freshness }) => [metric, lastDay, freshness]);
    expect(known).toContainEqual(['members', '2026-01-12', 'late']);
    expect(known).toContainEqual(['uptime', null, 'none']);
  });
});

describe('a wrong request', () => {
  it('is told which parameter is wrong and what is allowed', async () => {
    expect(await problem(`${A}/snapshots?form=2026-01-01`)).toMatchObject({
      status: 400,
      parameter: 'form',
      detail: '"form" is not a parameter here; allowed: metric, from, to, as_of, cursor, limit',
    });
    const wrong = [
      'from=2026-02-30',
      'limit=0',
      'limit=1001',
      'metric=mrr',
      'as_of=yesterday',
      'cursor=x',
      'to=2025-01-01',
    ];
    const told = await Promise.all(wrong.map((query) => problem(`${A}/snapshots?${query}`)));
    expect(told.map(({ status, parameter }) => [status, parameter])).toEqual(
      wrong.map((query) => [400, query.split('=')[0]]),
    );
    expect((await problem(`${A}/snapshots?from=2026-01-01&from=2026-01-02`)).parameter).toBe('from');
    expect((await problem(`${A}/snapshots/2026-02-30`)).parameter).toBe('day');
  });

  it('may span 400 days and no more', async () => {
    expect((await get(`${A}/nights?from=2026-01-01&to=2027-02-04`)).status).toBe(200);
    expect((await problem(`${A}/nights?from=2026-01-01&to=2027-02-05`)).status).toBe(400);
  });

  it('is a problem where nothing is, and where the method is another', async () => {
    expect((await problem('/v1/nothing')).status).toBe(404);
    expect((await problem('/v1/workspaces/nobody/plan')).parameter).toBe('workspace');
    expect(await problem(`${A}/reviews/yearly/2026-01-15`)).toMatchObject({ status: 404, parameter: 'review' });
    expect(await problem(`${A}/reviews/weekly/2026-01-16`)).toMatchObject({ status: 404, parameter: 'day' });
    expect((await problem('/v1/workspaces/bare/plan')).status).toBe(404);
    expect((await problem(`${A}/snapshots/2026-01-10/mrr`)).parameter).toBe('metric');
    expect((await api.request(`${A}/plan`, { method: 'POST' })).headers.get('allow')).toBe('GET, HEAD');
    expect((await problem(`${A}/plan`, { method: 'POST' })).status).toBe(405);
  });
});

describe('every answer', () => {
  it('can be asked for again by its ETag', async () => {
    const tag = (await get(`${A}/plan`)).headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"/);
    expect((await get(`${A}/plan`, { 'if-none-match': tag })).status).toBe(304);
    expect((await get(`${A}/nights`, { 'if-none-match': tag })).status).toBe(200);
  });

  it('runs no script and is shown in no frame', async () => {
    const { headers } = await get('/');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });
});

describe('who may read', () => {
  it('on the loopback is who came by a loopback name', async () => {
    const names = ['127.0.0.1:4180', 'localhost', '[::1]:4180', 'evil.example', '127.0.0.1.evil.example', ''];
    const answers = await Promise.all(names.map((host) => get('/v1/workspaces', { host })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 403, 403, 403]);
  });

  it('elsewhere is who has a key, and sees only its workspaces', async () => {
    const keyed = createApi({ ...fixture.ports, access: 'key' });
    const key = { name: 'test', workspaces: ['bare'], scopes: ['read' as const], createdAt: NOW };
    await fixture.store.keys.put({ ...key, sha256: digestOf('good') });
    await fixture.store.keys.put({ ...key, sha256: digestOf('pusher'), scopes: ['record'] });
    const ask = async (path: string, authorization?: string) => {
      const answer = await keyed.request(path, authorization === undefined ? {} : { headers: { authorization } });
      return { status: answer.status, challenge: answer.headers.get('www-authenticate'), text: await answer.text() };
    };
    const basic = `Basic ${Buffer.from('me:good').toString('base64')}`;
    const [none, wrong] = [await ask('/v1/workspaces'), await ask('/v1/workspaces', 'Bearer bad')];
    expect(none).toEqual(wrong);
    expect(none).toMatchObject({ status: 401, challenge: 'Bearer realm="plumbline"' });
    expect((await ask('/v1/workspaces', basic)).status).toBe(401);
    expect((await ask('/v1/workspaces', 'Bearer pusher')).status).toBe(403);
    const seen = await ask('/v1/workspaces', 'Bearer good');
    expect((JSON.parse(seen.text) as { data: unknown[] }).data).toMatchObject([{ workspace: 'bare' }]);
    expect((await ask(`${A}/plan`, 'Bearer good')).status).toBe(404);
    expect(await ask('/')).toMatchObject({ status: 401, challenge: 'Basic realm="plumbline"' });
    const page = await ask('/', basic);
    expect([page.status, page.text.includes('id="bare"'), page.text.includes('id="acme"')]).toEqual([200, true, false]);
  });
});

it('hypotheses are answered with the indicators, money in dollars', async () => {
  const { hypotheses } = (await body(`${A}/indicators`)) as { hypotheses: unknown[] };
  expect(hypotheses).toEqual([
    {
      id: 'interviews',
      says: `${HOSTILE} listening lifts NPS`,
      line: null,
      metric: 'nps',
      where: null,
      status: 'running',
      overlays: ['stale'],
      since: '2026-01-08',
      value: 38,
      day: '2026-01-10',
      unit: 'score',
      n: 41,
      interval: { low: 31, high: 45 },
      from: '30',
      to: '45',
      go: '> 40',
      pivot: '<= 35',
      start: '2026-01-08',
      end: '2026-01-21',
      forecast: { value: 41.23, low: 36, high: 46 },
      missing: `nps ${HOSTILE}`,
      dri: 'lead',
    },
    expect.objectContaining({ id: 'ahead', status: 'not_due', value: 312.5, unit: 'USD', end: '2026-01-28' }),
  ]);
});

describe('the page', () => {
  it('shows each indicator in words, with its anchor, and escapes whatever comes from outside', async () => {
    const page = await (await get('/')).text();
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; Ltd');
    for (const id of ['acme', 'acme/nps-week-2', 'acme/sales-week#week-2', 'bare']) {
      expect(page.split(`id="${id}"`)).toHaveLength(2);
    }
    expect(page).toContain('Heading for 95 on 28 Jan (80 to 110). Needs +2.86 a day; lately +1.1');
    expect(page).toContain('15 Jan 2026, 05:00');
    expect(page).toContain('These numbers come from demo providers.');
    expect(page).toContain('aria-label="NPS, 1 Jan to 28 Jan: one value, 38 on 10 Jan; the plan wants 40"');
  });

  it('shows each hypothesis with its bounds, what is to be expected and how long it takes', async () => {
    const page = await (await get('/')).text();
    for (const id of ['acme/interviews', 'acme/ahead']) expect(page.split(`id="${id}"`)).toHaveLength(2);
    const [, card = ''] = /id="acme\/interviews">([\s\S]*?)<\/article>/.exec(page) ?? [];
    const text = card
      .replaceAll('</a>', '')
      .replaceAll(/<svg[\s\S]*?<\/svg>|<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ');
    expect(text.trim()).toBe(
      [
        '→ Running stale 7 days left &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; listening lifts NPS',
        'NPS, 8 Jan to 21 Jan 2026 Value on 10 Jan 38 Go &gt; 40 Pivot ≤ 35 1 Jan 28 Jan',
        'Stale: nps &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; Expected from 30 to 45',
        'Outlook Heading for 41.2 on 21 Jan (36 to 46) Sample 95% interval 31 to 45, n = 41',
        'Responsible &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; lead',
      ].join(' '),
    );
    expect(card).toContain('aria-label="NPS, 1 Jan to 28 Jan: one value, 38 on 10 Jan; go is at 40; pivot is at 35"');
    expect(page).toContain('begins in 8 days');
  });

  it('has a style that is kept for good under its own address', async () => {
    const address = /href="(\/style\.css\?v=\w+)"/.exec(await (await get('/')).text())?.[1] ?? '';
    const answer = await get(address);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(answer.headers.get('content-type')).toBe('text/css; charset=utf-8');
  });
});
