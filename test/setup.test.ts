import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { listening, plumbline, seedsWith, temporaryFolder, tidyUp } from './support.ts';

tidyUp();

const here = (data: string, seeds: string) => ['--seeds', seeds, '--data', data];

/** A real workspace with one source. */
const real = (source: string, name = 'real') => `workspace: ${name}
name: Real Ltd
timezone: Europe/Kyiv
currency: USD
dris: { ceo: { title: CEO, email: ceo@real.example } }
fallbackDri: ceo
sources:
${source}
`;

describe('a wrong seed file exits 2 and says where, what and what else', () => {
  const refused = async (file: string, ...lines: string[]): Promise<string> => {
    const folder = await seedsWith('real', {
      'workspace.yaml': file,
      ...(lines.length > 0 && { 'plan.yaml': lines.join('\n') }),
    });
    const { exit, err } = await plumbline(['status', '--workspace', 'real', ...here(await temporaryFolder(), folder)]);
    expect(exit).toBe(2);
    return err.replaceAll(path.join(folder, 'real/'), '');
  };

  it('YAML that is none', async () => {
    expect(await refused(`${real('  stripe: {}')}mail: { smtp: [`)).toMatch(/^workspace\.yaml:\d+:\d+: /);
  });

  it('an unknown key', async () => {
    expect(await refused(real('  stripe: { mrrr: {} }'))).toMatch(/^workspace\.yaml:8:13: sources\.stripe.*mrrr.*mrr/);
  });

  it('a bad value', async () => {
    const said = await refused(real('  stripe: {}').replace('Europe/Kyiv', 'Mars/Olympus'));
    expect(said).toMatch(/^workspace\.yaml:3:11: timezone: .*Mars\/Olympus.*Europe\/Kyiv/);
  });

  it('a metric that nobody brings', async () => {
    const said = await refused(
      real('  stripe: {}'),
      'plan: p',
      'title: P',
      'start: 2026-01-01',
      'end: 2026-03-31',
      'indicators:',
      '  - { id: a, says: "A", metric: mrrr, target: ">= 1", by: end, priority: must, dri: ceo }',
    );
    expect(said).toMatch(/^plan\.yaml:6:\d+: indicators\[0\]\.metric: .*mrrr.*did you mean "mrr"/);
  });

  it('a folder of another name', async () => {
    expect(await refused(real('  stripe: {}', 'other'))).toMatch(
      /^workspace\.yaml:1:12: workspace: is "other", but its folder is called "real"/,
    );
  });

  it('a name that could do harm', async () => {
    expect(await refused(real('  stripe: {}', '../../etc'))).toMatch(
      /^workspace\.yaml:1:12: workspace: .*small letters/,
    );
  });

  it('no workspace at all, or no folder', async () => {
    const [empty, data] = [await temporaryFolder(), await temporaryFolder()];
    const answers = [
      await plumbline(['status', '--workspace', 'real', ...here(data, empty)]),
      await plumbline(['status', '--workspace', 'real', ...here(data, path.join(empty, 'none'))]),
    ];
    expect(answers).toEqual([
      {
        exit: 2,
        out: '',
        err: `there is no workspace in ${empty}; make ${empty}/<name>/workspace.yaml, or name another folder with --seeds\n`,
      },
      {
        exit: 2,
        out: '',
        err: `the seeds folder ${empty}/none can't be read; name another with --seeds or PLUMBLINE_SEEDS\n`,
      },
    ]);
  });
});

describe('a secret', () => {
  const night = async (env: Record<string, string>) => {
    const folder = await seedsWith('real', {
      'workspace.yaml': real('  stripe: {}\n  uptime: { provider: betterstack, monitors: ["1"] }'),
    });
    return plumbline(['night', '--workspace', 'real', ...here(await temporaryFolder(), folder)], { env });
  };

  it('that is missing exits 2 and names every variable, before anything is pulled', async () => {
    const { exit, err } = await night({});
    expect(exit).toBe(2);
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^\[stripe\] no secret .* restricted API key.* as PLUMBLINE_REAL_STRIPE$/),
      expect.stringMatching(/^\[uptime\] no secret .* as PLUMBLINE_REAL_UPTIME$/),
      '',
    ]);
  });

  it('that is malformed exits 2 without being shown', async () => {
    const { exit, out, err } = await night({ PLUMBLINE_REAL_STRIPE: 'pk_live_hush', PLUMBLINE_REAL_UPTIME: 'token' });
    expect(exit).toBe(2);
    expect(err).toMatch(/^\[stripe\] the secret in .*PLUMBLINE_REAL_STRIPE is not of the right shape: .*rk_live_/);
    expect(out + err).not.toContain('hush');
  });

  it('is read from .env in the working folder too', async () => {
    const cwd = await temporaryFolder();
    await writeFile(path.join(cwd, '.env'), 'PLUMBLINE_REAL_STRIPE=rk_test_x\n');
    const { port, close } = await listening();
    close();
    const block = `  stripe: { baseUrl: "http://127.0.0.1:${port}" }`;
    const folder = await seedsWith('real', { 'workspace.yaml': real(block) });
    const words = ['night', '--workspace', 'real', ...here(await temporaryFolder(), folder)];
    const { exit, out } = await plumbline(words, { cwd });
    expect([exit, out.includes(`nothing listens at 127.0.0.1:${port} (connection refused)`)]).toEqual([1, true]);
  });
});
