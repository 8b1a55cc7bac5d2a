import { existsSync } from 'node:fs';
import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileNameOf } from '@plumbline/alerts/event-schemas';
import { detailSchemas } from '@plumbline/alerts/events';
import { recordsProblem } from '@plumbline/api/record-schemas';
import { hypothesisRow, indicatorRow, problemAnswer, snapshotRow, transitionRow } from '@plumbline/api/schemas';
import { sources } from '@plumbline/sources/registry';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { expect, onTestFinished, test } from 'vitest';
import { problemsOf } from './event-forms.ts';

const root = path.dirname(import.meta.dirname);
const read = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8');

const DOCS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'DECISIONS.md',
  ...(await Array.fromAsync(glob('{docs,packages/sources}/**/*.md', { cwd: root }))).toSorted(),
];

/** The anchors that GitHub gives a page's headings. */
const anchorsIn = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

async function isBroken(from: string, link: string): Promise<boolean> {
  const [place = '', anchor] = link.split('#');
  const file = place === '' ? from : path.join(path.dirname(from), place);
  if (!existsSync(path.join(root, file))) return true;
  return anchor !== undefined && !anchorsIn(await read(file)).includes(anchor);
}

/** Code blocks of one language. */
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, found, code = '']) => (found === language ? [code] : []));

test.each(DOCS)('%s links to what is there', async (file) => {
  const text = (await read(file)).replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const inside = links.filter((link) => !/^https?:/.test(link));
  const broken = await Promise.all(inside.map(async (link) => ((await isBroken(file, link)) ? [link] : [])));
  expect(broken.flat()).toEqual([]);
});

test('the two files that the README shows load as they stand', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'plumbline-docs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const text of blocks(await read('README.md'), 'yaml')) {
    const [, name = ''] = /^# (companies\/\S+)$/m.exec(text) ?? [];
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  const workspaces = await loadWorkspaces(path.join(folder, 'companies'));
  expect(workspaces.map(({ id, plan }) => [id, plan?.indicators.map(({ metric }) => metric)])).toEqual([
    ['acme', ['mrr', 'members']],
  ]);
});

test('each command is described, under its own name', async () => {
  const commands = [...(await read('packages/cli/main.ts')).matchAll(/\bsub\('([a-z]+)/g)].map(([, name = '']) => name);
  const headings = [...(await read('docs/cli.md')).matchAll(/^## ([a-z]+(?:, [a-z]+)*)$/gm)].flatMap(([, names = '']) =>
    names.split(', '),
  );
  expect(headings.toSorted()).toEqual(commands.toSorted());
});

test('each event is described, and its example is of the form that is published', async () => {
  const types = Object.keys(detailSchemas);
  const titles = [...(await read('docs/events.md')).matchAll(/^## (.+)$/gm)].map(([, title = '']) => title);
  expect(titles.filter((title) => types.includes(title)).toSorted()).toEqual(types.toSorted());
  for (const type of types) {
    const example: unknown = JSON.parse(await read(`docs/events/v1/${fileNameOf(type)}.example.json`));
    expect(problemsOf(type, example)).toEqual([]);
  }
});

test('the examples of the read API are of the form that it answers', async () => {
  const [snapshot, indicator, hypothesis, transition, refused, problem, ...more] = blocks(
    await read('docs/api.md'),
    'json',
  ).map((text): unknown => JSON.parse(text));
  expect(snapshotRow.parse(snapshot)).toEqual(snapshot);
  expect(indicatorRow.parse(indicator)).toEqual(indicator);
  expect(transitionRow.parse(transition)).toEqual(transition);
  expect(hypothesisRow.parse(hypothesis)).toEqual(hypothesis);
  expect(recordsProblem.parse(refused)).toEqual(refused);
  expect(problemAnswer.parse(problem)).toEqual(problem);
  expect(more).toEqual([]);
});

test.each(sources.map(({ name }) => name))(
  'the README of %s says where its limits are, and where numbers differ',
  async (name) => {
    const headings = [...(await read(`packages/sources/${name}/README.md`)).matchAll(/^## (.+)$/gm)].map(
      ([, one]) => one,
    );
    expect(headings).toEqual(expect.arrayContaining(['Limits', expect.stringMatching(/^Known differences/)]));
  },
);

test('each source is linked from docs/workspace.md, and each of its fixed metrics named in docs/metrics.md', async () => {
  const [workspace, metrics] = await Promise.all([read('docs/workspace.md'), read('docs/metrics.md')]);
  const unlinked = sources.filter(({ name }) => !workspace.includes(`../packages/sources/${name}/README.md`));
  const seed = (await loadWorkspaces(path.join(root, 'seeds'))).find(({ id }) => id === 'bakhmach');
  const fixed = [...(seed?.metrics.values() ?? [])].filter(
    ({ source }) => source !== 'mixpanel' && source !== 'record',
  );
  expect(unlinked).toEqual([]);
  expect(fixed.length).toBeGreaterThan(10);
  expect(fixed.map(({ id }) => id).filter((id) => !metrics.includes(`\`${id}\``))).toEqual([]);
});
