import type { Instant } from '@plumbline/core/zone';

const CLAIM_MINUTES = 15;

/** What a run has claimed in order to send it, and not noted as sent. `error`: it was not accepted, as that run noted. */
type Claimed = { id: string; at: Instant; error?: string };

/** Whether nobody is sending it any more: its run has said so, or has ended, since no Lambda lives as long. */
export const isAbandoned = ({ at, error }: Claimed, now: Instant): boolean =>
  error !== undefined || now - at >= CLAIM_MINUTES * 60_000;

/** Why it waits where it is not abandoned. */
export const heldByAnother = (what: 'mail' | 'post', { id }: Claimed): string =>
  `[${what}] ${id} is being sent by another run; should that have broken off, it is sent again ${CLAIM_MINUTES} minutes later`;
