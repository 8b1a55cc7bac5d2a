import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RULES } from '@plumbline/plan/lint/rules';
import { describe, expect, it } from 'vitest';
import { plumbline, seedsWith, tidyUp } from './support.ts';

tidyUp();

const WORKSPACE = `workspace: acme
name: Acme
timezone: Europe/Kyiv
currency: USD
dris: { ceo: { title: CEO, email: ceo@acme.example } }
fallbackDri: ceo
sources:
  stripe: {}
  record: { metrics: [{ id: members, unit: count, kind: stock, direction: up }] }
`;
const PLAN = `plan: acme
title: Acme, first quarter
document: plan.txt
start: 2026-01-05
end: 2026-04-04
indicators:
  - { id: mrr, says: "$10K MRR by Day 90", line: 2, metric: mrr, target: ">= $10K", by: day 90, dri: ceo }
  - { id: members, says: "300 members", line: 3, metric: members, target: ">= 300", by: week 6, dri: ceo }
untracked:
  - { line: 4, says: Call ten people, why: A one-off task }
`;
const DOCUMENT = 'Plan for 90 days\n$10K MRR by Day 90\n300 members by Week 6\nCall ten people\n';
const LIST = 'line\tfigures\tlabels\n1\t\t90 days\n2\t$10K\tDay 90\n3\t300\tWeek 6\n4\tten\t\n';

type Files = Record<string, string>;
const seedsOf = (files: Files = {}) =>
  seedsWith('acme', { 'workspace.yaml': WORKSPACE, 'plan.yaml': PLAN, 'plan.txt': DOCUMENT, ...files });
const plan = async (seeds: string, ...words: string[]) => {
  const { exit, out, err } = await plumbline(['plan', ...words, '--seeds', seeds]);
  return { exit, out: out.replaceAll(`${seeds}/`, ''), err: err.replaceAll(`${seeds}/`, '') };
};

describe('plan lint', () => {
  it('is content with a plan that agrees with itself and its document', async () => {
    expect(await plan(await seedsOf(), 'lint')).toEqual({
      exit: 0,
      out: 'Acme, first quarter (acme)\n\n    nothing found\n\nNo contradiction: what is planned agrees with itself, its document and its workspace.\n',
      err: '',
    });
  });

  it('exits 0 with warnings, and names lines and places', async () => {
    const seeds = await seedsOf({ 'plan.yaml': PLAN.replace('">= 300"', '">= 30"') });
    const { exit, out } = await plan(seeds, 'lint', '--workspace', 'acme');
    expect(exit).toBe(0);
    expect(out).toMatch(
      /\n {2}warning figure-not-in-line\n {4}">= 30" is not among the figures of the cited line 3: 300\.\n {4}line 3 of the document; \S*plan\.yaml:8:75\n {4}Either /,
    );
    expect(out).toMatch(/\n1 warning\.\n$/);
  });

  it('exits 1 with an error, also of a plan that nights refuse, and says it all as JSON', async () => {
    const seeds = await seedsOf({ 'plan.yaml': PLAN.replace('metric: members', 'metric: member') });
    const { exit, out } = await plan(seeds, 'lint', '--json');
    expect(exit).toBe(1);
    expect(JSON.parse(out)).toEqual({
      findings: [
        {
          workspace: 'acme',
          rule: 'unknown-metric',
          severity: 'error',
          message: expect.stringContaining('members: "member" comes from no source of this workspace'),
          why: 'No number ever comes in for it, so nights refuse the plan.',
          lines: [3],
          indicators: ['members'],
          places: [{ file: 'acme/plan.yaml', line: 8, column: 58 }],
        },
      ],
      counts: { error: 1, warning: 0, note: 0 },
    });
    expect(await plan(seeds, 'show', '--workspace', 'acme')).toMatchObject({ exit: 2, out: '' });
  });

  it('exits 2 where the file has not the form of a plan', async () => {
    const seeds = await seedsOf({ 'plan.yaml': PLAN.replace('metric: mrr', 'metrik: mrr') });
    const { exit, out, err } = await plan(seeds, 'lint');
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toMatch(/acme\/plan\.yaml:7:53: indicators\[0\]\.metrik: is not a known key, did you mean "metric"\?/);
  });

  it('exits 2 where the document is no plain text, instead of finding nothing in it', async () => {
    const seeds = await seedsOf({ 'plan.txt': Buffer.from(DOCUMENT, 'utf16le').toString('utf8') });
    expect(await plan(seeds, 'lint')).toEqual({
      exit: 2,
      out: '',
      err: 'acme/plan.txt is no text in UTF-8; save it as plain text in UTF-8\n',
    });
  });

  it('names at most twenty lines, and counts the others', async () => {
    const seeds = await seedsOf({ 'plan.txt': `${DOCUMENT}${'5 more\n'.repeat(22)}` });
    const { out } = await plan(seeds, 'lint');
    expect(out).toContain(', 23, 24 and 2 more of the document\n');
  });
});

it('each rule of plan lint is described', async () => {
  const text = await readFile(path.join(path.dirname(import.meta.dirname), 'docs/plan.md'), 'utf8');
  expect(RULES.map(({ rule }) => rule).filter((rule) => !text.includes(`\`${rule}\``))).toEqual([]);
});

describe('plan lines', () => {
  it('writes the list of the document, which lint compares with it', async () => {
    const seeds = await seedsOf();
    const file = path.join(seeds, 'acme/document-lines.tsv');
    expect(await plan(seeds, 'lines', '--workspace', 'acme')).toEqual({
      exit: 0,
      out: '4 numbered lines of acme/plan.txt written to acme/document-lines.tsv, figures only.\n',
      err: '',
    });
    expect(await readFile(file, 'utf8')).toBe(LIST);
    await writeFile(file, LIST.replace('300', '200'));
    expect((await plan(seeds, 'lint')).out).toContain('warning old-list-of-lines');
  });

  it('says where it looked for a document that is not there', async () => {
    const seeds = await seedsOf({ 'plan.yaml': PLAN.replace('plan.txt', 'other.txt') });
    expect(await plan(seeds, 'lines', '--workspace', 'acme')).toEqual({
      exit: 2,
      out: '',
      err: 'there is no document acme/other.txt; put it there, beside the plan\n',
    });
  });
});

describe('plan show', () => {
  it('accounts for every numbered line, by the list where the document is not there', async () => {
    const seeds = await seedsOf({ 'plan.yaml': PLAN.replace('plan.txt', 'other.txt'), 'document-lines.tsv': LIST });
    const { exit, out } = await plan(seeds, 'show', '--workspace', 'acme', '--json');
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      workspace: 'acme',
      lines: [
        { line: 1, figures: [], labels: ['90 days'], as: [], state: 'label' },
        { line: 2, state: 'cited', as: [{ kind: 'indicator', id: 'mrr' }] },
        { line: 3, state: 'cited', as: [{ kind: 'indicator', id: 'members' }] },
        { line: 4, state: 'untracked', as: [{ kind: 'untracked', index: 0 }] },
      ],
      identities: [],
      counts: { numbered: 4, cited: 2, untracked: 1, label: 1, uncited: 0 },
    });
  });

  it('prints the plan in the order of its document', async () => {
    const swapped = PLAN.replace('line: 2,', 'line: [3, 9],').replace('line: 3,', 'line: 2,');
    const { out } = await plan(await seedsOf({ 'plan.yaml': swapped }), 'show', '--workspace', 'acme');
    expect(out).toBe(`Acme, first quarter

2     members >= 300  by Week 6  ceo  300 members
3, 9  mrr >= $10K     by Day 90  ceo  $10K MRR by Day 90
4     untracked                       Call ten people (A one-off task)

4 numbered lines: 2 cited, 1 untracked, 1 only name or date something, 0 unaccounted.
`);
  });
});
