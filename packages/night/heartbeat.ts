import type { Day } from '@plumbline/core/day';
import { excerpt, messageOf } from '@plumbline/core/errors';
import type { Site } from './site.ts';
import { lateNights } from './watch.ts';

const TRIES = 3;
const PAUSE_MS = 2_000;
const TIMEOUT_MS = 10_000;

/**
 * Tells the outside service that expects to hear of each complete night, where one is named, that this one is: unless one is late, or a newer
 * one complete already, as in a replay. The service raises the alarm when it hears nothing, so what it does not take is only logged: the
 * night is complete all the same. Whoever knows the address could keep the alarm quiet, so no log has it.
 */
export async function beat(site: Site, day: Day): Promise<void> {
  const { workspace, demo, clock, log } = site;
  if (workspace.heartbeat === undefined || demo) return;
  const { complete, late } = await lateNights(site);
  if (late.length > 0 || complete !== day) return;
  for (let tries = 1; ; tries += 1) {
    const refusal = await ping(workspace.heartbeat);
    if (refusal === undefined) return;
    if (tries === TRIES) {
      log.warn(`the heartbeat of ${workspace.id} was not taken after ${TRIES} tries`, { reason: refusal });
      return;
    }
    await clock.sleep(PAUSE_MS);
  }
}

/** Why it was not taken; undefined where it was. */
async function ping(address: string): Promise<string | undefined> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await answer.body?.cancel();
    return answer.ok ? undefined : `it answered ${answer.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return excerpt(messageOf(cause));
  }
}
