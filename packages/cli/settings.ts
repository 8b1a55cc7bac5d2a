import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';

/** The process's environment, over what `.env` in the working folder says. */
export async function readEnvironment(): Promise<Record<string, string | undefined>> {
  const text = await readFile('.env', 'utf8').catch(() => '');
  return { ...parseEnv(text), ...process.env };
}
