import path from 'node:path';
import { sources } from '@plumbline/sources/registry';
import { build } from 'esbuild';

/** Bundles a source's bench pull as its Lambda is bundled (see infra/bundling.ts): reading TypeScript takes memory that a night doesn't. Answers the file. */
export async function bundlePull(source: string, folder: string): Promise<string> {
  const outfile = path.join(folder, `${source}-pull.mjs`);
  const absent = sources.filter(({ name }) => name !== source).flatMap(({ sdk }) => sdk);
  const none = path.join(import.meta.dirname, '../../infra/absent.cjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, `${source}-pull.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    logLevel: 'error',
    alias: Object.fromEntries(absent.map((name) => [name, none])),
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  return outfile;
}
