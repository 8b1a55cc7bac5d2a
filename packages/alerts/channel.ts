import type { Instant } from '@plumbline/core/zone';

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

/**
 * What became of a send. `retryable`: this message may get through later, after a wait or once an operator has mended the account; the
 * service may have taken it already where its answer was lost. `rejected`: this message or its recipient is refused for good.
 */
export type Delivery =
  | { outcome: 'delivered'; messageId: string }
  | { outcome: 'retryable'; reason: string }
  | { outcome: 'rejected'; reason: string };

/** A way to a person. It never throws for a refusal and never tries again by itself. */
export type Channel = {
  name: string;
  send(message: Message, signal?: AbortSignal): Promise<Delivery>;
  /** The service's id of a message that was already accepted under this id, for a send whose answer was lost. */
  find?(id: string): Promise<string | undefined>;
};
