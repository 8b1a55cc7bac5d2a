import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf } from '@plumbline/core/errors';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readDocumentLines } from './document.ts';
import { loadWorkspaces, readWorkspaces } from './load.ts';

const workspace = (dris: string) => `workspace: acme
name: Acme
timezone: Europe/Kyiv
currency: USD
dris: ${dris}
fallbackDri: ceo
sources: { stripe: {} }
`;
const WORKSPACE = workspace('{ ceo: { title: CEO, email: ceo@acme.example }, sales: { title: Sales Lead } }');
const PLAN = `plan: acme
title: Acme
document: plan.txt
start: 2026-01-05
end: 2026-04-04
indicators:
  - { id: mrr, says: "$10K", line: 2, metric: mrr, target: ">= $10K", by: end, dri: sales }
`;
const LIST = 'line\tfigures\tlabels\n2\t$10K\t\n';

async function seedsWith(files: Record<string, string>): Promise<string> {
  const seeds = await mkdtemp(path.join(tmpdir(), 'plumbline-workspace-'));
  onTestFinished(() => rm(seeds, { recursive: true }));
  await mkdir(path.join(seeds, 'acme'));
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(seeds, 'acme', name), text);
  return seeds;
}

describe('people', () => {
  it('may have no address', async () => {
    const [loaded] = await loadWorkspaces(await seedsWith({ 'workspace.yaml': WORKSPACE, 'plan.yaml': PLAN }));
    expect(loaded?.dris).toEqual({ ceo: { title: 'CEO', email: 'ceo@acme.example' }, sales: { title: 'Sales Lead' } });
  });

  it.each([
    [
      '{ ceo: { title: CEO }, sales: { title: S, email: s@acme.example } }',
      '"ceo" has no email, so nobody would hear what they are to hear; allowed: sales',
    ],
    ['{ sales: { title: S, email: s@acme.example } }', '"ceo" is not one of dris; allowed: sales'],
    [
      '{ ceo: { title: CEO } }',
      '"ceo" has no email, so nobody would hear what they are to hear; allowed: none yet; give one of dris an email',
    ],
  ])('but not the one that all else falls back on: %s', async (dris, message) => {
    const seeds = await seedsWith({ 'workspace.yaml': workspace(dris) });
    const file = path.join(seeds, 'acme/workspace.yaml');
    await expect(loadWorkspaces(seeds)).rejects.toThrow(`${file}:6:14: fallbackDri: ${message}`);
  });
});

describe('a plan that refers to nobody', () => {
  it('is refused with its place, but can be read for lint', async () => {
    const seeds = await seedsWith({ 'workspace.yaml': WORKSPACE, 'plan.yaml': PLAN.replace('dri: sales', 'dri: cto') });
    await expect(loadWorkspaces(seeds)).rejects.toThrow(
      `${path.join(seeds, 'acme/plan.yaml')}:7:85: indicators[0].dri:`,
    );
    expect((await readWorkspaces(seeds)).map(({ planFile }) => planFile?.plan.indicators[0]?.dri)).toEqual(['cto']);
  });
});

describe('a heartbeat', () => {
  const load = async (address: string) => {
    const seeds = await seedsWith({ 'workspace.yaml': `${WORKSPACE}heartbeat: ${address}\n` });
    return (await loadWorkspaces(seeds))[0]?.heartbeat;
  };

  it('is an address without a login, as it is written', async () => {
    expect(await load('https://hc.example/ping?status=up&msg=')).toBe('https://hc.example/ping?status=up&msg=');
  });

  it.each([
    ['hc.example/the-secret-part', 'must be an http:// or https:// address'],
    ['https://me:hush@hc.example/', 'must not hold a user name or a password'],
  ])('and nothing else: %s', async (address, message) => {
    const refused = await load(address).catch((error: unknown) => messageOf(error).split('\n'));
    expect(refused).toEqual([
      expect.stringMatching(`workspace.yaml:8:12: heartbeat: found "${address}"; it ${message}$`),
    ]);
  });
});

describe("a document's lines", () => {
  const linesOf = async (files: Record<string, string>) => {
    const seeds = await seedsWith({ 'workspace.yaml': WORKSPACE, 'plan.yaml': PLAN, ...files });
    const [draft] = await readWorkspaces(seeds);
    return draft?.planFile && readDocumentLines(draft.folder, draft.planFile.plan);
  };
  const numbered = [{ line: 2, figures: ['$10K'], labels: [] }];

  it.each<[string, Record<string, string>, unknown]>([
    ['are not known without it', {}, undefined],
    ['come from the list', { 'document-lines.tsv': LIST }, { numbered }],
    ['come from the document', { 'plan.txt': 'A plan\n$10K\n' }, { numbered, last: 2, isListOld: false }],
    [
      'are in both',
      { 'plan.txt': 'A plan\r\n$10K\r\nthe end', 'document-lines.tsv': LIST },
      { numbered, last: 3, isListOld: false },
    ],
    [
      'differ from an old list',
      { 'plan.txt': 'A plan\n$10K', 'document-lines.tsv': LIST.replace('10', '20') },
      { numbered, last: 2, isListOld: true },
    ],
  ])('%s', async (_, files, expected) => expect(await linesOf(files)).toEqual(expected));
});
