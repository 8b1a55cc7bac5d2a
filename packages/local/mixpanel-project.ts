import { addDays } from '@plumbline/core/day';
import { excerpt, InputError } from '@plumbline/core/errors';
import type { Instant } from '@plumbline/core/zone';
import { dayAt, toIso } from '@plumbline/core/zone';
import { exportZone } from '@plumbline/sources/mixpanel/calendar';
import { readExport } from '@plumbline/sources/mixpanel/export';
import type { MixpanelConfig } from '@plumbline/sources/mixpanel/language';
import { exportUrl } from '@plumbline/sources/mixpanel/pull';
import type { ImportEvent } from './mixpanel-events.ts';

export type MixpanelProject = {
  config: MixpanelConfig;
  baseUrl: string | undefined;
  /** `user:secret` of a service account that may read it. */
  secret: string;
};

const MOST_MS = 15 * 60_000;

/**
 * The insert ids of these events (oldest first) that a project has already, by one export of all days from the first event's to
 * yesterday. Throws InputError where the project has anything else from those days, VendorError where it can't be read.
 */
export async function eventsThere(
  { config, baseUrl, secret }: MixpanelProject,
  events: readonly ImportEvent[],
  now: Instant,
): Promise<Set<string>> {
  const there = new Set<string>();
  const zone = exportZone(config);
  const first = Math.min(...events.map(({ properties }) => properties.time * 1000));
  const [from, to] = [dayAt(first, zone), addDays(dayAt(now, zone), -1)];
  if (to < from) return there;
  const known = new Set(events.map(({ properties }) => properties.$insert_id));
  const url = exportUrl({ config, baseUrl }, from, to);
  // What does not belong there ends the reading, so that a company's own project is not read to its end.
  await readExport({ url, secret, signal: AbortSignal.timeout(MOST_MS), now }, ({ event, properties }) => {
    const id = String(properties.$insert_id);
    if (!known.has(id)) {
      throw new InputError(
        `Mixpanel project ${config.projectId} (${config.region}) holds events that are not of this demo: “${excerpt(event)}” at ` +
          `${toIso(properties.time * 1000)}. What is sent to a project can't be taken back, so make one for the demo alone ` +
          'and set its projectId and region',
      );
    }
    there.add(id);
  });
  return there;
}
