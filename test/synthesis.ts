import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sources } from '@plumbline/sources/registry';
import { loadWorkspaces } from '@plumbline/workspace/load';
import { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { z } from 'zod';
import { deployment } from '../infra/stage.ts';

export const root = path.dirname(import.meta.dirname);

const cdkFile = z.object({ context: z.record(z.string(), z.unknown()) });
const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});
const template = z.object({ Resources: z.record(z.string(), resource) });
export type Resource = z.infer<typeof resource> & { id: string };

/** The logical id that a property refers to. */
export const ref = z.union([
  z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).transform((x) => x['Fn::GetAtt'][0]),
  z.object({ Ref: z.string() }).transform((x) => x.Ref),
]);

/** `PullStripe`, without the digest that ends a logical id. */
export const nameOf = (id: string): string => id.replace(/[0-9A-F]{8}$/, '');
export const pullOf = (source: string): string => `Pull${source.slice(0, 1).toUpperCase()}${source.slice(1)}`;

/** The sources that the companies of this repository are set up to pull. */
export async function pulledSources() {
  const workspaces = await loadWorkspaces(path.join(root, 'seeds'));
  const used = new Set(workspaces.flatMap((one) => one.sources.map(({ definition }) => definition.name)));
  return sources.filter(({ name, load }) => load !== null && used.has(name));
}

export type Synthesis = Awaited<ReturnType<typeof synthesise>>;

/** What `cdk synth` writes for the seeds of this repository, or others, in a folder of its own; without bundles it is faster. */
export async function synthesise({ bundles, seeds = path.join(root, 'seeds') }: { bundles: boolean; seeds?: string }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'plumbline-cdk-'));
  const { context } = cdkFile.parse(JSON.parse(await readFile(path.join(root, 'cdk.json'), 'utf8')));
  const app = new App({
    outdir: folder,
    context: { ...context, ...(!bundles && { 'aws:cdk:bundling-stacks': [] }) },
  });
  deployment(app, {
    workspaces: await loadWorkspaces(seeds),
    seeds,
    mailFrom: 'Plumbline <alerts@mail.example>',
    alarmMail: 'operator@mail.example',
  });
  const assembly: CloudAssembly = app.synth();
  const resources: Resource[] = assembly.stacks.flatMap((stack) =>
    Object.entries(template.parse(stack.template).Resources).map(([id, one]) => ({ ...one, id })),
  );
  const ofType = (type: string): Resource[] => resources.filter(({ Type }) => Type === type);
  return {
    folder,
    assembly,
    resources,
    ofType,
    /** Throws unless exactly one resource of all stacks has this logical id. */
    byId(id: string): Resource {
      const [found, ...others] = resources.filter((one) => one.id === id);
      if (found && others.length === 0) return found;
      throw new Error(`there are ${found ? others.length + 1 : 'no'} resources with the id ${id}`);
    },
    functions: (): Record<string, Resource> =>
      Object.fromEntries(ofType('AWS::Lambda::Function').map((one) => [nameOf(one.id), one])),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
