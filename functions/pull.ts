import type { Context, SQSEvent } from 'aws-lambda';
import { pullNight } from '@plumbline/night/pull';
import { eachMessage } from './batch.ts';
import { onAws } from './environment.ts';
import { pullMessage } from './messages.ts';
import type { World } from './world.ts';
import { siteOf } from './world.ts';

/** Of the time that is left to a run, the part in which it puts down how far it got: 90 seconds of a quarter of an hour. */
const LAST_PART = 0.1;

/**
 * One source's nights, off its own queue. A pull that runs out of time sends the message of its next run before its own is done with;
 * without a context, as on one machine, it has all the time there is.
 */
export const pull = (world: World) => (event: SQSEvent, context?: Pick<Context, 'getRemainingTimeInMillis'>) =>
  eachMessage(event, pullMessage, async (message) => {
    const site = siteOf(world, message.workspace);
    if (!site) return;
    const { source, day, silent, goesOn } = message;
    const left = context?.getRemainingTimeInMillis();
    const now = site.clock.now();
    const time =
      left === undefined ? undefined : { deadline: Math.floor(now + left * (1 - LAST_PART)), end: now + left };
    const result = await pullNight(site, source, day, { silent, time, goesOn });
    if (result.state === 'unfinished') await world.sendPulls([{ ...message, goesOn: result.goesOn }]);
  });

export const handler = onAws(pull);
