import type { Clock, Log } from '@plumbline/core/ports';
import type { Store } from '@plumbline/store/types';
import type { Workspace } from '@plumbline/workspace/workspace';

/** Where a source is reached, and with what. */
export type Connection = { baseUrl: string | undefined; secret: string };

/** All that one workspace's nights work with, whether on AWS or on one machine. */
export type Site = {
  workspace: Workspace;
  /** Its numbers come from the demo providers. */
  demo: boolean;
  store: Store;
  clock: Clock;
  log: Log;
  /** Throws SecretError where the secret is missing or malformed. */
  connect(source: string): Promise<Connection>;
  /** The secret of one of the workspace's channels. Throws SecretError where it is missing or malformed. */
  channelSecret(channel: string): Promise<string>;
  /** The key that turns people's ids into pseudonyms; one per workspace, never changed. */
  pseudonymKey(): Promise<string>;
};
