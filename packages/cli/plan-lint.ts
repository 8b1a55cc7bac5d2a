import { counted } from '@plumbline/core/words';
import path from 'node:path';
import type { Outcome } from '@plumbline/local/control';
import type { Finding, Severity } from '@plumbline/plan/lint/finding';
import { enumerate, inLines } from '@plumbline/plan/lint/finding';
import { countsOf, lintPlan } from '@plumbline/plan/lint/lint';
import { readDocumentLines } from '@plumbline/workspace/document';
import { readWorkspaces } from '@plumbline/workspace/load';
import type { Planned } from './plan-named.ts';
import { planNamed } from './plan-named.ts';
import type { Globals } from './session.ts';
import { machineOptions } from './session.ts';

const MOST_PLACES = 4;
const MOST_LINES = 20;
const INDENT = '    ';

/** `plan lint`: contradictions of one plan, or of all; fails where one of them is an error. */
export async function planLint(options: Globals & { workspace?: string }): Promise<Outcome> {
  const { seeds } = await machineOptions(options);
  const drafts = await readWorkspaces(seeds);
  const chosen =
    options.workspace === undefined
      ? drafts.flatMap((draft) => (draft.planFile ? [{ ...draft, planFile: draft.planFile }] : []))
      : [planNamed(drafts, options.workspace)];
  const reports = await Promise.all(chosen.map(async (one) => ({ ...one, findings: await findingsOf(one) })));
  const findings = reports.flatMap((one) =>
    one.findings.map((finding) => ({ workspace: one.workspace.id, ...finding })),
  );
  const counts = countsOf(findings);
  return {
    exit: counts.error > 0 ? 1 : 0,
    data: { findings, counts },
    text: [...reports.map(reportText), sumText(counts)].join('\n\n'),
  };
}

async function findingsOf({ folder, workspace: { metrics, dris }, planFile }: Planned): Promise<Finding[]> {
  const lines = await readDocumentLines(folder, planFile.plan);
  return lintPlan({ ...planFile, metrics, dris, lines });
}

function reportText({ workspace, planFile, findings }: Planned & { findings: readonly Finding[] }): string {
  const head = `${planFile.plan.title} (${workspace.id})`;
  const body = findings.length === 0 ? [`${INDENT}nothing found`] : findings.map(findingText);
  return [head, ...body].join('\n\n');
}

function findingText({ rule, severity, message, why, lines, places }: Finding): string {
  const where = [...linesText(lines), ...placesText(places)].join('; ');
  return [`  ${severity} ${rule}`, message, where, why]
    .filter((line) => line !== '')
    .map((line, index) => (index === 0 ? line : `${INDENT}${line}`))
    .join('\n');
}

/** `lines 8 and 411 of the document`, at most twenty of them. */
function linesText(lines: readonly number[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - MOST_LINES;
  return more > 0
    ? [`lines ${lines.slice(0, MOST_LINES).join(', ')} and ${more} more of the document`]
    : [`${inLines(lines)} of the document`];
}

/** `plan.yaml:93:5 and 98:5`, at most four of them. */
function placesText(places: Finding['places']): string[] {
  const [first] = places;
  if (!first) return [];
  const shown = places.slice(0, MOST_PLACES).map(({ line, column }) => `${line}:${column}`);
  const more = places.length - shown.length;
  return [`${path.relative('', first.file)}:${enumerate(more > 0 ? [...shown, `${more} more`] : shown)}`];
}

function sumText(counts: Record<Severity, number>): string {
  const parts = (['error', 'warning', 'note'] as const).flatMap((severity) =>
    counts[severity] > 0 ? [counted(counts[severity], severity)] : [],
  );
  return parts.length === 0
    ? 'No contradiction: what is planned agrees with itself, its document and its workspace.'
    : `${enumerate(parts)}.`;
}
