import { SecretError } from '@plumbline/core/errors';
import type { Site } from '@plumbline/night/site';

/** Throws SecretError naming every secret of a source or a channel that is missing or malformed, before anything is pulled. */
export async function checkedSources(site: Site, only?: string): Promise<void> {
  const { sources, channels } = site.workspace;
  const pulled = sources.filter(({ definition: { name, load } }) => load !== null && (only ?? name) === name);
  const checks = [
    ...pulled.map(
      ({ definition }) =>
        () =>
          site.connect(definition.name),
    ),
    // A demo speaks to nobody.
    ...(site.demo
      ? []
      : channels.map(
          ({ definition }) =>
            () =>
              site.channelSecret(definition.name),
        )),
  ];
  const problems: string[] = [];
  for (const check of checks) {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new SecretError(problems.join('\n'));
}
