import type { Day } from '@plumbline/core/day';
import type { PullPorts, PullRange, Puller } from '@plumbline/core/source';
import type { Site } from '@plumbline/night/site';

const CHECKPOINT = 'reading';

/** What a slow source was asked: for which days, from which part on, and by when it had to be done. */
export type AskedOfSlow = PullRange & { part: number; deadline?: number };

export type SlowOptions = {
  parts: number;
  /** Runs once a part is read, before the pull says that it goes on. */
  meanwhile?: (read: number, ports: PullPorts<unknown>) => unknown;
  note?: (read: number) => string;
};

/**
 * A source that reads one part a run and remembers how far it got; after the last one MRR is $100 for each. What it yields before then is
 * not the whole.
 */
export function slowPuller({ parts, meanwhile, note = (read) => `${read} of ${parts} parts` }: SlowOptions) {
  const asked: AskedOfSlow[] = [];
  const puller: Puller<unknown> = {
    async *pull(range, ports) {
      const part = (await ports.memory.get(CHECKPOINT))?.[0] ?? 0;
      const { deadline } = ports;
      asked.push({ ...range, part, ...(deadline === undefined ? {} : { deadline }) });
      const read = part + 1;
      yield { kind: 'observation', ...mrrOf(range.to, read, ports) };
      yield { kind: 'memory', key: CHECKPOINT, bytes: read < parts ? Uint8Array.of(read) : new Uint8Array() };
      await meanwhile?.(read, ports);
      if (read < parts) yield { kind: 'unfinished', note: note(read) };
    },
    check: async () => ({ sees: 'slowly', warnings: [] }),
  };
  return { asked, puller };
}

const mrrOf = (day: Day, parts: number, { clock }: PullPorts<unknown>) => ({
  metric: 'mrr',
  day,
  value: 10_000 * parts,
  quality: [],
  evidence: { requests: parts, rows: parts, sha256: '', policy: 'slow' },
  settlesAt: clock.now(),
});

/** Puts a puller in the place of a workspace's own for Stripe. */
export function replaceStripe(
  { workspace }: Site,
  puller: Puller<unknown>,
  more: { backfillDays?: number } = {},
): void {
  workspace.sources = workspace.sources.map((source) =>
    source.definition.name === 'stripe'
      ? { ...source, definition: { ...source.definition, ...more, load: async () => puller } }
      : source,
  );
}
