import { PassThrough } from 'node:stream';
import { storyNamed } from '@plumbline/local/stories/index';
import { importEvents } from '@plumbline/local/mixpanel-events';
import { mixpanelConfig } from '@plumbline/sources/mixpanel/language';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { sourceOf } from '@plumbline/workspace/workspace';
import { agreed } from 'plumbline/load-mixpanel';
import type { TestProject } from 'plumbline/testing-mixpanel';
import { PROJECT, refuse, startProject } from 'plumbline/testing-mixpanel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asked, plumbline, seedsOf, seedsWith, temporaryFolder, tidyUp } from './support.ts';

tidyUp();

const SECONDS = 90_000;
const ENV = { env: { PLUMBLINE_MINE_MIXPANEL: PROJECT.secret } };
const LATER = ['--now', '2026-06-01T00:00:00Z'];
const LOAD = ['demo', 'load-mixpanel', '--workspace', 'mine'];
const EVENTS = 8771;

let project: TestProject;
beforeEach(async () => {
  project = await startProject();
});
afterEach(() => project.close());

/** A workspace with Mixpanel alone, measured as the demo company is. */
async function mine(head: Readonly<Record<string, unknown>> = {}, block: Readonly<Record<string, unknown>> = {}) {
  const [bakhmach] = await loadWorkspaces(await seedsOf('bakhmach'));
  const config = mixpanelConfig.parse(bakhmach && sourceOf(bakhmach, 'mixpanel')?.config);
  const file = {
    workspace: 'mine',
    name: 'My test',
    timezone: '+02:00',
    currency: 'USD',
    dris: { me: { title: 'Me', email: 'me@mine.example' } },
    fallbackDri: 'me',
    sources: { mixpanel: { ...config, projectId: PROJECT.id, ...block } },
    ...head,
  };
  return seedsWith('mine', { 'workspace.yaml': JSON.stringify(file) });
}

const real = (): Promise<string> => mine({}, { baseUrl: project.url });

/** What a fresh machine exports of the workspace after it has brought in these days. */
async function numbers(seeds: string, from: string, to: string, options = {}): Promise<string[]> {
  const data = await temporaryFolder();
  const here = ['--workspace', 'mine', '--seeds', seeds, '--data', data, ...LATER];
  const { exit, err } = await plumbline(['backfill', '--from', from, '--to', to, ...here], options);
  expect([exit, err]).toEqual([0, expect.any(String)]);
  const { out } = await plumbline(['export', ...here], options);
  return out.trim().split('\n');
}

describe('plumbline demo load-mixpanel', () => {
  it(
    "fills a project that then shows the demo's own numbers",
    async () => {
      const seeds = await real();
      const { exit, data } = await asked(
        z.unknown(),
        [...LOAD, '--story', 'bakhmach', '--yes', '--seeds', seeds, ...LATER],
        ENV,
      );
      expect([exit, data]).toEqual([
        0,
        {
          workspace: 'mine',
          story: 'bakhmach',
          project: PROJECT.id,
          region: 'eu',
          from: '2025-12-04',
          to: '2026-04-07',
          there: 0,
          sent: EVENTS,
          failed: [],
        },
      ]);
      const loaded = await numbers(seeds, '2026-03-24', '2026-04-02', ENV);
      expect(loaded.length).toBeGreaterThan(100);
      expect(loaded).toEqual(await numbers(await mine({ demo: 'bakhmach' }), '2026-03-24', '2026-04-02'));
    },
    SECONDS,
  );

  it(
    'goes on with what is missing, and then has nothing to do',
    async () => {
      const load = [...LOAD, '--story', 'bakhmach', '--yes', '--seeds', await real(), ...LATER];
      const story = storyNamed('bakhmach');
      project.events = story ? importEvents(story).slice(0, EVENTS - 5) : [];
      const first = await plumbline(load, ENV);
      expect(first.err).toBe('Mixpanel: 5 of 5 events\n');
      expect(first.out).toContain(
        'Mixpanel project 271828 (eu) took 5 events of the demo "bakhmach", of 2025-12-04 to 2026-04-07.\n',
      );
      expect(first.out).toContain('npx plumbline backfill --workspace mine --from 2026-01-02 --to 2026-04-02');
      const second = await plumbline(load, ENV);
      expect([second.exit, second.err, project.batches]).toEqual([0, '', [5]]);
      expect(second.out).toMatch(
        /^Mixpanel project 271828 \(eu\) has all 8,771 events of the demo "bakhmach" already\.\n/,
      );
    },
    SECONDS,
  );

  it('writes by the project token where one is given, and sends nothing that has not happened yet', async () => {
    const args = [...LOAD, '--project-token', PROJECT.token, '--yes', '--now', '2026-01-16T00:00:00+02:00'];
    const { exit, data } = await asked(
      z.object({ to: z.string(), sent: z.number() }),
      [...args, '--story', 'bakhmach', '--seeds', await real()],
      ENV,
    );
    const newest = Math.max(...project.events.map(({ properties }) => properties.time ?? 0));
    expect([exit, data]).toEqual([0, { to: '2026-01-16', sent: project.events.length }]);
    expect(new Date(newest * 1000).toISOString()).toBe('2026-01-15T22:00:00.000Z');
  });

  it('says which batch Mixpanel refused, and exits 1', async () => {
    project.instead = [1, 2].map(() => (response) => refuse(response, 403, 'not for you'));
    const { exit, err, out } = await plumbline(
      [...LOAD, '--story', 'bakhmach', '--yes', '--seeds', await real(), ...LATER],
      ENV,
    );
    expect([exit, out]).toEqual([1, '']);
    expect(err).toMatch(/\[mixpanel\] POST \/import answered 403: the service account may not write .* not for you\n$/);
  });
});

describe('it refuses, exits 2 and sends nothing', () => {
  const refused = async (args: readonly string[], options = {}): Promise<string> => {
    const { exit, out, err } = await plumbline([...args, ...LATER], options);
    expect([exit, out, project.batches]).toEqual([2, '', []]);
    return err;
  };

  it('where the project holds anything else', async () => {
    const time = Date.parse('2026-05-04T10:00:00Z') / 1000;
    project.events = [{ event: 'Order Paid', properties: { time, distinct_id: 'u1', $insert_id: 'real' } }];
    expect(await refused([...LOAD, '--story', 'bakhmach', '--yes', '--seeds', await real()], ENV)).toBe(
      'Mixpanel project 271828 (eu) holds events that are not of this demo: “Order Paid” at 2026-05-04T10:00:00Z. What is sent to a ' +
        "project can't be taken back, so make one for the demo alone and set its projectId and region\n",
    );
  });

  it('where nobody has said yes', async () => {
    expect(await refused([...LOAD, '--story', 'bakhmach', '--seeds', await real()], ENV)).toBe(
      'this would send 8,771 events of the demo "bakhmach" to Mixpanel project 271828 (eu), for good; add --yes to say that it shall\n',
    );
  });

  it('without a mixpanel block', async () => {
    const seeds = await mine({ sources: { stripe: {} } });
    expect(await refused([...LOAD, '--yes', '--seeds', seeds], ENV)).toMatch(
      /^workspace mine has no source "mixpanel": add one with the projectId and region of a test project/,
    );
  });

  it('without its secret', async () => {
    expect(await refused([...LOAD, '--yes', '--seeds', await real()])).toMatch(
      /^\[mixpanel\] no secret for workspace mine: .*PLUMBLINE_MINE_MIXPANEL\n$/,
    );
  });

  it('without a story, or an unknown one', async () => {
    const seeds = await real();
    expect(await refused([...LOAD, '--yes', '--seeds', seeds], ENV)).toBe(
      'workspace mine names no demo story; name one with --story: bakhmach, codementor\n',
    );
    expect(await refused([...LOAD, '--story', 'acme', '--yes', '--seeds', seeds], ENV)).toBe(
      'there is no demo story "acme"; name one with --story: bakhmach, codementor\n',
    );
  });

  it('another word', async () => {
    expect(await refused(['demo', 'load-stripe', '--workspace', 'mine'])).toBe(
      'there is no "demo load-stripe"; allowed: load-mixpanel\n',
    );
  });
});

describe('the question', () => {
  const answered = async (text: string | undefined): Promise<string> => {
    const [input, output] = [Object.assign(new PassThrough(), { isTTY: true }), new PassThrough()];
    const story = storyNamed('bakhmach');
    if (!story) throw new Error('the story is gone');
    const config = mixpanelConfig.parse({ projectId: 7, region: 'us', metrics: {} });
    input.end(text);
    const missing = importEvents(story).slice(0, 1200);
    await agreed({ story, missing, project: { config, baseUrl: undefined, secret: PROJECT.secret } }, input, output);
    return String(output.read());
  };

  it('names what would be sent where, and takes y for yes', async () => {
    const asking =
      'Send 1,200 events of the demo "bakhmach" to Mixpanel project 7 (us)? They can\'t be taken back. [y/N] ';
    expect(await answered('y\n')).toBe(asking);
    expect(await answered('Yes\n')).toBe(asking);
  });

  it.each(['n\n', '\n', 'yolo\n', undefined])('takes %j for no', async (text) => {
    await expect(answered(text)).rejects.toThrow('nothing was sent');
  });
});
