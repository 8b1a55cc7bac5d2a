import type { Day } from '@plumbline/core/day';
import type { Night } from '@plumbline/core/night';
import type { GoesOn } from './pull.ts';
import type { Site } from './site.ts';

/** What wakes a pull, or the next run of one that ran out of time. */
export type PullMessage = {
  workspace: string;
  source: string;
  day: Day;
  silent?: boolean | undefined;
  goesOn?: GoesOn | undefined;
};

export const nightId = (workspace: string, day: Day): string => `night_${workspace}_${day}`;

/**
 * Opens a night, which waits for every pulled source, and names the pulls to start: those whose source has not come in well. `again` asks
 * for all of them once more, `only` for one source. Asking twice does no harm.
 */
export async function dispatch(
  site: Site,
  day: Day,
  options: { silent?: boolean; again?: boolean; only?: string } = {},
): Promise<{ night: Night; messages: PullMessage[] }> {
  const { workspace, store, clock } = site;
  const pulled = workspace.sources
    .filter((source) => source.definition.load !== null)
    .map((source) => source.definition.name);
  const asked = options.only === undefined ? pulled : [options.only];
  const night = await store.nights.open({
    workspace: workspace.id,
    day,
    id: nightId(workspace.id, day),
    expects: pulled,
    sources: [],
    openedAt: clock.now(),
    silent: options.silent ?? false,
    demo: site.demo,
  });
  const done = new Set(
    options.again ? [] : night.sources.filter((result) => result.state === 'ok').map((result) => result.source),
  );
  const messages = asked
    .filter((source) => !done.has(source))
    .map((source) => ({ workspace: workspace.id, source, day, ...(options.silent ? { silent: true } : {}) }));
  return { night, messages };
}
