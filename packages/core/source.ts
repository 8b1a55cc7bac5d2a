import type { z } from 'zod';
import type { Day } from './day.ts';
import type { CatalogueMetric, Metric } from './metric.ts';
import type { Clock, Http, Log } from './ports.ts';
import type { Observation } from './snapshot.ts';
import type { Instant, Zone } from './zone.ts';

/** What a source may know of the workspace it pulls for. */
export type SourceWorkspace = {
  id: string;
  timezone: Zone;
  currency: string;
  /** Workspace currency per 1 unit of `currency` on that day as a decimal text, or undefined where no rate is known. */
  fx(currency: string, day: Day): string | undefined;
};

/** A source's own memory between nights (who was seen on which day), kept by the store. Keys are `[a-z0-9_./-]+` and sort. */
export type SourceMemory = {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Entries with `from` <= key <= `to`, in order. */
  range(from: string, to: string): AsyncIterable<{ key: string; bytes: Uint8Array }>;
};

/**
 * Something that a pull yields: a number; what it wants to remember (empty bytes: no longer); or, as its last word, that it ran out of
 * time, with a note of how far it got. What it remembered before it ended `unfinished` or failed is kept, its numbers are not.
 */
export type Pulled =
  | ({ kind: 'observation' } & Observation)
  | { kind: 'memory'; key: string; bytes: Uint8Array }
  | { kind: 'unfinished'; note: string };

export type PullPorts<Config> = {
  workspace: SourceWorkspace;
  config: Config;
  /** The vendor's address where the workspace sets one; otherwise the source's own default. */
  baseUrl: string | undefined;
  /** The secret's text; empty for a source that needs none. */
  secret: string;
  http: Http;
  clock: Clock;
  log: Log;
  memory: SourceMemory;
  /** A person's id at the vendor as a 64-bit digest keyed per workspace, 16 hex digits. */
  pseudonym(id: string): string;
  signal: AbortSignal;
  /** By the clock: a pull that can't finish by then yields what it needs to go on as memory, then `unfinished`. Absent: no hurry. */
  deadline?: Instant;
};

/**
 * The days to pull, both included. A night also says which is the first day that no earlier night has brought (its own, when it is the
 * first one): of days before that a source may leave out what was settled by then. A backfill doesn't say it and wants every day whole.
 */
export type PullRange = { from: Day; to: Day; unpulled?: Day };

/** What `check` tells of a key: may it be used, and what it sees. */
export type CheckResult = { sees: string; warnings: string[] };

export type Puller<Config> = {
  /** Yields nothing for a day it can't be sure of, or throws for all of them. */
  pull(range: PullRange, ports: PullPorts<Config>): AsyncIterable<Pulled>;
  /** One cheap call: does the key work, what may it see. Throws VendorError or SecretError where it does not. */
  check(ports: PullPorts<Config>): Promise<CheckResult>;
};

/** Everything that the rest of the house derives from: config, Lambda, queue, schedule, secret, grants, contract tests. Loads no SDK. */
export type SourceDefinition<Config = unknown> = {
  name: string;
  title: string;
  /** Where the vendor lives when no `baseUrl` is set. */
  baseUrl: string;
  /** The block under `sources.<name>`, without `baseUrl` and `requestsPerSecond`. */
  config: z.ZodType<Config>;
  /** What the secret is, for people (`a restricted key, rk_live_…`); null where none is needed. */
  secret: { describe: string; isValid(text: string): boolean } | null;
  /** Whether a workspace that is set up so needs the secret; each does where this is not said. */
  needsSecret?(config: Config): boolean;
  /** What its pull may do in the AWS account that it runs in, for a workspace that is set up so: IAM actions that know no resources. */
  awsActions?(config: Config): readonly string[];
  metrics(config: Config, workspace: { currency: string }): Metric[];
  /** Earlier days that each night pulls again, besides its own: 0 for Stripe, 4 for Mixpanel. */
  repullDays: number;
  /** How many days back a night may still fetch what earlier nights could not. */
  healDays: number;
  /** How many days one pull of a backfill may answer; 30 where it is not said. */
  backfillDays?: number;
  /** The vendor's budget: this many requests per window of `perMs`, at most `concurrency` at once. */
  budget(
    config: Config,
    options: { requestsPerSecond: number | undefined; secret: string },
  ): {
    requests: number;
    perMs: number;
    concurrency: number;
  };
  /** npm packages that only this source's Lambda needs. */
  sdk: readonly string[];
  lambda: { memoryMb: number; timeoutSeconds: number };
  /** Brings in the SDK and the code; null where values are pushed, not pulled. */
  load: (() => Promise<Puller<Config>>) | null;
};

/** A source as one workspace has set it up. */
export type ConfiguredSource<Config = unknown> = {
  definition: SourceDefinition<Config>;
  config: Config;
  baseUrl: string | undefined;
  requestsPerSecond: number | undefined;
  metrics: CatalogueMetric[];
};
