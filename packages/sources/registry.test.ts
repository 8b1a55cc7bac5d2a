import { execFileSync } from 'node:child_process';
import { z } from 'zod';
import { expect, test } from 'vitest';
import { sourceNamed, sources } from './registry.ts';

test('each source has a name of its own and is found by it', () => {
  expect(sources.map(({ name }) => name)).toEqual(['stripe', 'ga4', 'mixpanel', 'uptime', 'github', 'http', 'record']);
  expect(sources.map(({ name }) => sourceNamed(name))).toEqual(sources);
  expect(() => sourceNamed('plausible')).toThrow(
    'there is no source "plausible"; there are: stripe, ga4, mixpanel, uptime, github, http, record',
  );
});

test('the config of each source can be published as JSON Schema', () => {
  const types = sources.map(({ config }) => z.toJSONSchema(config, { io: 'input' }));
  expect(types.map(({ type, additionalProperties }) => [type, additionalProperties])).toEqual(
    sources.map(() => ['object', false]),
  );
});

test('the registry loads no SDK', () => {
  const code = `
    const { registerHooks } = await import('node:module');
    const asked = [];
    registerHooks({ resolve: (specifier, context, next) => (asked.push(specifier), next(specifier, context)) });
    await import(${JSON.stringify(new URL('registry.ts', import.meta.url).href)});
    process.stdout.write(JSON.stringify(asked));`;
  const options = ['--no-warnings', '--input-type=module', '--eval', code];
  const asked: string[] = JSON.parse(execFileSync(process.execPath, options, { encoding: 'utf8' }));
  const sdks = sources.flatMap(({ sdk }) => sdk);
  expect([asked.includes('zod'), asked.filter((specifier) => sdks.includes(specifier))]).toEqual([true, []]);
});

test('what pulls has a secret to ask for and code to load; what is pushed has neither', () => {
  expect(sources.map(({ name, secret, load }) => [name, secret !== null, load !== null])).toEqual([
    ['stripe', true, true],
    ['ga4', true, true],
    ['mixpanel', true, true],
    ['uptime', true, true],
    ['github', true, true],
    ['http', true, true],
    ['record', false, false],
  ]);
});
