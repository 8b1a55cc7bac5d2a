import type { SQSEvent } from 'aws-lambda';
import { pullNight } from '@plumbline/night/pull';
import { eachMessage } from './batch.ts';
import { onAws } from './environment.ts';
import { pullMessage } from './messages.ts';
import type { World } from './world.ts';
import { siteOf } from './world.ts';

/** One source's nights, off its own queue. */
export const pull = (world: World) => (event: SQSEvent) =>
  eachMessage(event, pullMessage, async ({ workspace, source, day, silent }) => {
    const site = siteOf(world, workspace);
    if (site) await pullNight(site, source, day, { silent: silent ?? false });
  });

export const handler = onAws(pull);
