import { createRequire } from 'node:module';
import path from 'node:path';
import { sources } from '@plumbline/sources/registry';
import type { BundlingOptions } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

export const root = path.dirname(import.meta.dirname);

const require = createRequire(import.meta.url);

/** SDKs that are loaded only when needed, and so can be left out of a function that does not. */
const optional = [
  '@aws-sdk/client-eventbridge',
  '@aws-sdk/client-secrets-manager',
  '@aws-sdk/client-sesv2',
  '@aws-sdk/client-sqs',
  '@resvg/resvg-wasm',
  ...sources.flatMap((source) => source.sdk),
];

/** Where the picture's renderer and font lie beside the notifier's bundle. */
export const PICTURES = 'pictures';

/**
 * How a function is bundled: one ES module by the local esbuild with the seeds beside it. Of the optional SDKs it carries only `needs`: the
 * others can't be marked external, since esbuild lifts their imports to the top of the file, where they would fail at load.
 */
export function bundlingOf(needs: readonly string[], seeds: string): BundlingOptions {
  const absent = optional.filter((name) => !needs.includes(name));
  const pictures = needs.includes('@resvg/resvg-wasm')
    ? [require.resolve('@resvg/resvg-wasm/index_bg.wasm'), require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')]
    : [];
  return {
    format: OutputFormat.ESM,
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    // Our errors go by the names of their classes, and so do the numbers of Google's serialiser.
    keepNames: true,
    sourceMap: true,
    sourcesContent: false,
    externalModules: [],
    logLevel: LogLevel.ERROR,
    esbuildArgs: Object.fromEntries(
      absent.map((name) => [`--alias:${name}`, path.join(import.meta.dirname, 'absent.cjs')]),
    ),
    // CommonJS packages in an ES module still ask for Node's own modules by require, and for where they lie.
    banner: [
      "import{createRequire as nodeRequire}from'node:module'",
      'const require=nodeRequire(import.meta.url)',
      'const{dirname:__dirname,filename:__filename}=import.meta;',
    ].join(';'),
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_input, output) => [
        `cp -R "${seeds}" "${output}/seeds"`,
        ...(pictures.length > 0 ? [`mkdir "${output}/${PICTURES}"`] : []),
        ...pictures.map((file) => `cp "${file}" "${output}/${PICTURES}/"`),
      ],
    },
  };
}
