#!/usr/bin/env node
// Plain JavaScript, so that an old Node gets a sentence and not a syntax error.
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(
    `plumbline needs Node 22.12 or newer, and this is ${process.version}. On Linux, "npm start" and "npx plumbline" bring their own Node 24 ` +
      'after "npm ci"; elsewhere install one from https://nodejs.org\n',
  );
  process.exitCode = 2;
} else if (process.features.typescript) {
  await import('./main.ts');
} else {
  // Before 22.18 the types are stripped only when asked.
  const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
  const { status } = spawnSync(process.execPath, [...flags, process.argv[1], ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
