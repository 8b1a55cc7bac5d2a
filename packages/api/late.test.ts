import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApi } from './app.ts';
import { workspaceList } from './schemas.ts';
import type { Fixture } from './testing.ts';
import { LAST_NIGHT, startFixture } from './testing.ts';

let fixture: Fixture;
let api: ReturnType<typeof createApi>;
beforeAll(async () => {
  fixture = await startFixture();
  api = createApi({ ...fixture.ports, access: 'loopback' });
});
afterAll(() => fixture.close());

it('a night that is late is named with its workspace, and at the top of the page', async () => {
  const { data } = workspaceList.parse(await (await api.request('/v1/workspaces')).json());
  expect(data.map(({ workspace, lastComplete, late }) => [workspace, lastComplete, late])).toEqual([
    [
      'acme',
      LAST_NIGHT,
      [{ day: '2026-01-15', since: '2026-01-16T05:00:00Z', openedAt: '2026-01-16T01:00:00Z', awaits: ['uptime'] }],
    ],
    ['bare', null, []],
  ]);
  const page = await (await api.request('/')).text();
  expect(page.match(/role="alert"><strong>([^<]*)/g)).toEqual([
    'role="alert"><strong>The night of 2026-01-15 is late since 2026-01-16 07:00: it was opened at 2026-01-16 03:00 and waits for 1 source: uptime. The last complete night is that of 2026-01-14.',
  ]);
});
