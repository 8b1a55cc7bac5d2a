import { SecretError } from '@plumbline/core/errors';
import type { Site } from '@plumbline/night/site';

/** Throws SecretError naming every secret that is missing or malformed, before anything is pulled. */
export async function checkedSources(site: Site, only?: string): Promise<void> {
  const problems: string[] = [];
  for (const { definition } of site.workspace.sources) {
    if (definition.load === null || (only !== undefined && definition.name !== only)) continue;
    try {
      await site.connect(definition.name);
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new SecretError(problems.join('\n'));
}
