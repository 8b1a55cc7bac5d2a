import { excerpt, messageOf, PlumblineError } from '@plumbline/core/errors';
import { counted } from '@plumbline/core/words';
import { toInstant } from '@plumbline/core/zone';
import { findings, isNews, lateNights } from '@plumbline/night/watch';
import { z } from 'zod';
import { onAws } from './environment.ts';
import type { World } from './world.ts';

const QUARTER_HOUR = 15 * 60_000;

/** More would not fit into one message when everything stands still. */
const MOST_LINES = 100;

/** The schedule says which quarter of an hour it is, so that a run which comes late or twice tells the same. */
const wake = z.object({ at: z.string().transform(toInstant) });

const WHERE =
  'Look at what dead-letter queues hold, and into the logs of dispatch, of the pulls that are waited for, of judge and of sweep. It is said once a day while it lasts.';

/**
 * Wakes every quarter of an hour and looks at the nights of all workspaces, with nothing else than the table to rely on. What is wrong
 * makes it fail, in words, at the first wake since and once a day; its failures go straight to the topic of alarms. A metric in its log
 * says that it has looked at all of them.
 */
export const watch =
  (world: World) =>
  async (event: unknown): Promise<{ watched: number }> => {
    const { at } = wake.parse(event);
    const news: string[] = [];
    let unseen = 0;
    for (const { id, name } of world.workspaces) {
      const site = world.site(id);
      try {
        const found = await findings(site, await lateNights(site));
        const fresh = found.filter(({ since }) => isNews(since, { at, every: QUARTER_HOUR }));
        news.push(...fresh.map(({ says }) => `${name} (${id}): ${says}`));
      } catch (error) {
        unseen += 1;
        site.log.warn('a workspace could not be looked at', { workspace: id, reason: excerpt(messageOf(error)) });
      }
    }
    // Lambda's console would write its own words in front.
    if (unseen === 0) process.stdout.write(`${JSON.stringify(metricOf(at))}\n`);
    if (news.length > 0) throw new PlumblineError('setup', inWords(news));
    return { watched: world.workspaces.length - unseen };
  };

function inWords(news: readonly string[]): string {
  const rest = news.length - MOST_LINES;
  const more = rest > 0 ? [`and ${counted(rest, 'more line')} like these`] : [];
  return [...news.slice(0, MOST_LINES), ...more, WHERE].join('\n');
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const metricOf = (at: number) => ({
  _aws: {
    Timestamp: at,
    CloudWatchMetrics: [{ Namespace: 'Plumbline', Dimensions: [[]], Metrics: [{ Name: 'NightsWatched' }] }],
  },
  NightsWatched: 1,
});

export const handler = onAws(watch);
