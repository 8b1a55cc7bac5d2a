import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '@plumbline/core/errors';
import { counted } from '@plumbline/core/words';
import type { Outcome } from '@plumbline/local/control';
import { LINES_FILE, writeLines } from '@plumbline/plan/document-lines';
import { numberedLines } from '@plumbline/plan/figures';
import { readDocument } from '@plumbline/workspace/document';
import { readWorkspaces } from '@plumbline/workspace/load';
import { planNamed } from './plan-named.ts';
import type { Globals } from './session.ts';
import { machineOptions } from './session.ts';

/** `plan lines`: writes the list of the document's numbered lines beside the plan, for whoever doesn't have the document. */
export async function planLines(options: Globals & { workspace?: string }): Promise<Outcome> {
  const { seeds } = await machineOptions(options);
  const { folder, workspace, planFile } = planNamed(await readWorkspaces(seeds), options.workspace);
  const { document: name } = planFile.plan;
  if (name === undefined) throw new InputError(`${planFile.file} names no document; add "document: FILE" to it`);
  const document = await readDocument(folder, planFile.plan);
  if (!document) throw new InputError(`there is no document ${path.join(folder, name)}; put it there, beside the plan`);
  const numbered = numberedLines(document.text);
  const file = path.join(folder, LINES_FILE);
  await writeFile(file, writeLines(numbered));
  return {
    exit: 0,
    data: { workspace: workspace.id, document: document.file, file, lines: numbered.length },
    text: `${counted(numbered.length, 'numbered line')} of ${document.file} written to ${file}, figures only.`,
  };
}
