import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ConfigProblem } from '@plumbline/core/errors';
import { ConfigError, InputError } from '@plumbline/core/errors';
import type { PlanFile } from '@plumbline/plan/parse';
import { placed, planProblems, planVersion, readPlan } from '@plumbline/plan/parse';
import { parseYaml } from '@plumbline/plan/yaml';
import { readIfThere } from './file.ts';
import { parseRates } from './fx.ts';
import { workspaceSchema } from './schema.ts';
import type { Workspace } from './workspace.ts';
import { assemble } from './workspace.ts';

/** A workspace whose plan's form has been read, and its references not looked at. */
export type Drafted = { folder: string; workspace: Workspace; planFile: PlanFile | undefined };

/** Reads every workspace of a seeds folder. Throws ConfigError with all problems of all files, or InputError where there is none. */
export const loadWorkspaces = (folder: string): Promise<Workspace[]> => all(folder, loadWorkspace);

/** As `loadWorkspaces`, but plans may refer to what is not there: `plan lint` tells of that with everything else. */
export const readWorkspaces = (folder: string): Promise<Drafted[]> => all(folder, readWorkspace);

async function all<T>(folder: string, load: (folder: string) => Promise<T>): Promise<T[]> {
  const problems: ConfigProblem[] = [];
  const workspaces: T[] = [];
  for (const name of await foldersIn(folder)) {
    try {
      workspaces.push(await load(path.join(folder, name)));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  if (workspaces.length === 0) {
    throw new InputError(
      `there is no workspace in ${folder}; make ${path.join(folder, '<name>', 'workspace.yaml')}, or name another folder with --seeds`,
    );
  }
  return workspaces;
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: false });
    const candidates = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name);
    const found = await Promise.all(
      candidates.map(async (name) =>
        (await readIfThere(path.join(folder, name, 'workspace.yaml'))) === undefined ? [] : [name],
      ),
    );
    return found.flat().toSorted();
  } catch (cause) {
    throw new InputError(`the seeds folder ${folder} can't be read; name another with --seeds or PLUMBLINE_SEEDS`, {
      cause,
    });
  }
}

async function loadWorkspace(folder: string): Promise<Workspace> {
  const { workspace, planFile } = await readWorkspace(folder);
  if (!planFile) return workspace;
  const { metrics, dris } = workspace;
  const problems = placed(planFile, planProblems(planFile.plan, { metrics, dris: new Set(Object.keys(dris)) }));
  if (problems.length > 0) throw new ConfigError(problems);
  return workspace;
}

async function readWorkspace(folder: string): Promise<Drafted> {
  const file = path.join(folder, 'workspace.yaml');
  const { value, at } = parseYaml((await readIfThere(file)) ?? '', file, workspaceSchema);
  const { workspace, problems } = assemble(value, (keys, message) => ({
    file,
    ...at(keys),
    path: keys.join('.'),
    message,
  }));
  if (value.workspace !== path.basename(folder)) {
    problems.push({
      file,
      ...at(['workspace']),
      path: 'workspace',
      message: `is "${value.workspace}", but its folder is called "${path.basename(folder)}"; give both the same name`,
    });
  }
  if (problems.length > 0) throw new ConfigError(problems);

  const rates = await loadRates(folder, value.fx, value.currency, (message) => ({
    file,
    ...at(['fx']),
    path: 'fx',
    message,
  }));
  const planPath = path.join(folder, 'plan.yaml');
  const planText = await readIfThere(planPath);
  const planFile = planText === undefined ? undefined : readPlan(planText, planPath);
  const plan = planFile?.plan;
  return { folder, workspace: { ...workspace, rates, plan, planVersion: plan ? planVersion(plan) : null }, planFile };
}

async function loadRates(
  folder: string,
  name: string | undefined,
  currency: string,
  report: (message: string) => ConfigProblem,
) {
  if (name === undefined) return parseRates('day,currency,rate', '', currency);
  const file = path.join(folder, name);
  const text = await readIfThere(file);
  if (text === undefined) throw new ConfigError([report(`there is no file ${file}`)]);
  return parseRates(text, file, currency);
}
