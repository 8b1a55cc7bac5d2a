import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '@plumbline/core/errors';
import { toIso } from '@plumbline/core/zone';
import type { Outcome } from '@plumbline/local/control';
import { diffPlans } from '@plumbline/plan/diff';
import { parsePlan, planVersion } from '@plumbline/plan/parse';
import type { Plan } from '@plumbline/plan/schema';
import { planSchema } from '@plumbline/plan/schema';
import { loadWorkspaces } from '@plumbline/workspace/load';
import type { Workspace } from '@plumbline/workspace/workspace';
import { z } from 'zod';
import { diffText } from './diff-text.ts';
import { workspaceNamed } from './plan-named.ts';
import type { Globals } from './session.ts';
import { invoke, machineOptions } from './session.ts';

/** What a running process, perhaps of another release, answers. */
const answerSchema = z.object({
  versions: z.array(z.object({ version: z.string(), firstNight: z.string(), at: z.number(), plan: z.unknown() })),
  last: z.string().nullable(),
});
type Known = z.infer<typeof answerSchema>['versions'][number];

/** One of the two plans that are compared. */
type Side = { version: string; plan: Plan; firstNight: string | null; file: string | null };

const ABBREVIATED = /^(?:sha256:)?([0-9a-f]{4,64})…?$/;

/** `plan diff`: what changed from the version that was last judged by (or another) to the plan file as it is now (or another). */
export async function planDiff(
  options: Globals & { workspace?: string; from?: string; to?: string },
): Promise<Outcome> {
  const { seeds } = await machineOptions(options);
  const workspace = workspaceNamed(await loadWorkspaces(seeds), options.workspace);
  const answer = await invoke(options, 'plan-versions', { workspace: workspace.id });
  if (answer.exit !== 0) return answer;
  const { versions, last } = answerSchema.parse(answer.data);
  const named = (text: string) => sideOf(text, workspace, versions);
  const to = options.to === undefined ? now(workspace, seeds) : await named(options.to);
  const start = options.from ?? (last === null || last === '' ? undefined : last);
  const known = versions.map(({ version, firstNight, at }) => ({
    version,
    firstNight,
    at: toIso(at),
  }));
  const data = { workspace: workspace.id, from: null, to: { ...to, plan: undefined }, changes: [], versions: known };
  if (start === undefined) {
    const text = `No night of ${workspace.name} has been judged by a plan yet, so there is nothing to compare with; name a file with --from.`;
    return { exit: 0, data, text };
  }
  const from = await named(start);
  const changes = diffPlans(from.plan, to.plan, workspace.metrics);
  return {
    exit: 0,
    data: { ...data, from: { ...from, plan: undefined }, changes },
    text: `From ${titleOf(from)}\nto   ${titleOf(to)}\n\n${diffText(changes)}`,
  };
}

function now({ id, plan, planVersion: version }: Workspace, seeds: string): Side {
  const file = path.join(seeds, id, 'plan.yaml');
  if (plan && version !== null) return { version, plan, firstNight: null, file };
  throw new InputError(`there is no ${file}; name a version or a file with --to`);
}

/** A version that was judged by, or a plan file. */
async function sideOf(text: string, workspace: Workspace, versions: readonly Known[]): Promise<Side> {
  const [, digits] = ABBREVIATED.exec(text) ?? [];
  const found = digits === undefined ? [] : versions.filter(({ version }) => version.startsWith(`sha256:${digits}`));
  const [one, ...others] = found;
  if (one && others.length === 0) {
    return { version: one.version, plan: planSchema.parse(one.plan), firstNight: one.firstNight, file: null };
  }
  const known = versions.map(short).join(', ');
  if (one) throw new InputError(`"${text}" is the beginning of ${found.map(short).join(', ')}; write more of it`);
  const file = await readFile(text, 'utf8').catch((cause: unknown) => {
    throw new InputError(
      `"${text}" is no version that ${workspace.id} was judged by, and no file that can be read; ` +
        (known === '' ? 'no version is kept yet' : `there are: ${known}`),
      { cause },
    );
  });
  const context = { metrics: workspace.metrics, dris: new Set(Object.keys(workspace.dris)) };
  const plan = parsePlan(file, text, context);
  return { version: planVersion(plan), plan, firstNight: null, file: text };
}

const short = ({ version }: { version: string }): string => version.slice(0, 'sha256:'.length + 12);

const titleOf = (side: Side): string =>
  side.file === null ? `${short(side)}, judged by from ${side.firstNight} on` : `${side.file}, ${short(side)}`;
