import path from 'node:path';
import { InputError } from '@plumbline/core/errors';
import type { DocumentLines } from '@plumbline/plan/document-lines';
import { LINES_FILE, readLines, writeLines } from '@plumbline/plan/document-lines';
import { numberedLines } from '@plumbline/plan/figures';
import type { Plan } from '@plumbline/plan/schema';
import { readIfThere } from './file.ts';

/** Where a plan's document is looked for, and its text, where it is there. Throws InputError where it is no text, or in UTF-16. */
export async function readDocument(folder: string, plan: Plan): Promise<{ file: string; text: string } | undefined> {
  if (plan.document === undefined) return undefined;
  const file = path.join(folder, plan.document);
  const text = await readIfThere(file);
  if (text?.includes('\0')) throw new InputError(`${file} is no text in UTF-8; save it as plain text in UTF-8`);
  return text === undefined ? undefined : { file, text };
}

/** The lines of a plan's document: its own where it lies beside the plan, else those of the list; undefined without either. */
export async function readDocumentLines(folder: string, plan: Plan): Promise<DocumentLines | undefined> {
  const file = path.join(folder, LINES_FILE);
  const list = await readIfThere(file);
  const listed = list === undefined ? undefined : readLines(list, file);
  const document = await readDocument(folder, plan);
  if (!document) return listed && { numbered: listed };
  const numbered = numberedLines(document.text);
  return {
    numbered,
    last: document.text.replace(/(\r\n|\r|\n)$/, '').split(/\r\n|\r|\n/).length,
    isListOld: listed !== undefined && writeLines(listed) !== writeLines(numbered),
  };
}
