import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ConfigProblem } from '@plumbline/core/errors';
import { ConfigError, InputError } from '@plumbline/core/errors';
import { parsePlan, planVersion } from '@plumbline/plan/parse';
import { parseYaml } from '@plumbline/plan/yaml';
import { parseRates } from './fx.ts';
import { workspaceSchema } from './schema.ts';
import type { Workspace } from './workspace.ts';
import { assemble } from './workspace.ts';

/** Reads every workspace of a seeds folder. Throws ConfigError with all problems of all files, or InputError where there is none. */
export async function loadWorkspaces(folder: string): Promise<Workspace[]> {
  const problems: ConfigProblem[] = [];
  const workspaces: Workspace[] = [];
  for (const name of await foldersIn(folder)) {
    try {
      workspaces.push(await loadWorkspace(path.join(folder, name)));
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
        (await read(path.join(folder, name, 'workspace.yaml'))) === undefined ? [] : [name],
      ),
    );
    return found.flat().toSorted();
  } catch (cause) {
    throw new InputError(`the seeds folder ${folder} can't be read; name another with --seeds or PLUMBLINE_SEEDS`, {
      cause,
    });
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function loadWorkspace(folder: string): Promise<Workspace> {
  const file = path.join(folder, 'workspace.yaml');
  const { value, at } = parseYaml((await read(file)) ?? '', file, workspaceSchema);
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
  const planFile = path.join(folder, 'plan.yaml');
  const planText = await read(planFile);
  const plan =
    planText === undefined
      ? undefined
      : parsePlan(planText, planFile, { metrics: workspace.metrics, dris: new Set(Object.keys(workspace.dris)) });
  return { ...workspace, rates, plan, planVersion: plan ? planVersion(plan) : null };
}

async function loadRates(
  folder: string,
  name: string | undefined,
  currency: string,
  report: (message: string) => ConfigProblem,
) {
  if (name === undefined) return parseRates('day,currency,rate', '', currency);
  const file = path.join(folder, name);
  const text = await read(file);
  if (text === undefined) throw new ConfigError([report(`there is no file ${file}`)]);
  return parseRates(text, file, currency);
}
