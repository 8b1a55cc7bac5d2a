import type { EventDetail } from '@plumbline/core/night';
import type { Clock } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import type { z } from 'zod';

/** A picture that travels inside a mail, shown where its HTML says `cid:<cid>`. */
export type Attachment = { cid: string; filename: string; content: Uint8Array; alt: string };

/** One message to one person. `id` is the same however often it is sent, and unique over all workspaces: letters, digits, `_` and `-`. */
export type Message = {
  id: string;
  to: { name: string; email: string };
  /** When it was written. */
  at: Instant;
  subject: string;
  html: string;
  text: string;
  attachments: readonly Attachment[];
  /** Where its reader can end what they may do without; absent where there is nothing of the kind in it. */
  unsubscribe?: string | undefined;
};

/** What a night brought, in words, for a place that many read. Not escaped. */
export type News = {
  id: string;
  /** What is seen first, also where one line is all: `Acme · night of 2026-02-13: 2 missed`. */
  headline: string;
  /** By who is responsible, the worst first. */
  groups: readonly { who: string; items: readonly NewsItem[] }[];
  /** The digests that went out with this night's mails. */
  digests: readonly NewsItem[];
  dashboardUrl: string;
};

/** One line, what there is to say about it (or nothing), and where it leads. */
export type NewsItem = { line: string; note: string; href: string };

/** An event as it is on the bus. */
export type PublishedEvent = { 'detail-type': string; detail: EventDetail };

/**
 * What became of a send. `retryable`: this message may get through later, after a wait or once an operator has mended the account;
 * `isLost` where nobody can tell whether the service has taken it already. `rejected`: this message or its recipient is refused, and would be again.
 */
export type Delivery =
  | { outcome: 'delivered'; messageId: string }
  | { outcome: 'retryable'; reason: string; isLost?: true }
  | { outcome: 'rejected'; reason: string };

/** A way out to people or systems. It never throws for a refusal and never tries again by itself. */
export type Channel<Sent = Message> = {
  name: string;
  send(message: Sent, signal?: AbortSignal): Promise<Delivery>;
  /** The service's id of a message that was already accepted under this id, for a send whose answer was lost. */
  find?(id: string): Promise<string | undefined>;
};

type Opens<Config, Sent> = {
  /** Does no I/O; `secret` has been found valid. */
  open(config: Config, secret: string, ports: { clock: Pick<Clock, 'now'> }): Channel<Sent>;
};

/**
 * A channel that a workspace may have besides mail, under `channels.<name>`: its config, secret and grants derive from this. It is told
 * either of each night's news in one post, or of each event.
 */
export type ChannelDefinition<Config = unknown> = {
  name: string;
  title: string;
  config: z.ZodType<Config>;
  /** What the secret is, for people. */
  secret: { describe: string; isValid(text: string): boolean };
} & (
  | ({ hears: 'nights' } & Opens<Config, News>)
  | ({ hears: 'events'; wants(config: Config, detailType: string): boolean } & Opens<Config, PublishedEvent>)
);

/** A channel as one workspace has set it up. */
export type ConfiguredChannel = { definition: ChannelDefinition; config: unknown };
