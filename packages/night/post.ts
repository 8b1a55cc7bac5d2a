import type { Delivery, News, NewsItem } from '@plumbline/alerts/channel';
import { worstFirst } from '@plumbline/alerts/kinds';
import { countsOf, lineOf, sentenceOf } from '@plumbline/alerts/mail-words';
import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import { excerpt, messageOf } from '@plumbline/core/errors';
import type { Transition } from '@plumbline/core/status';
import { meetingsAfter, nameOf } from '@plumbline/plan/review-meetings';
import { promisesOf } from '@plumbline/plan/promises';
import { metricTitle, titleOfDri } from '@plumbline/plan/words';
import type { PostRecord } from '@plumbline/store/types';
import { heldByAnother, isAbandoned } from './claim.ts';
import { isRecent } from './schedule.ts';
import type { Site } from './site.ts';

/** How far back a channel is told of what it has not heard. */
const DAYS_BACK = 7;

/**
 * Tells the channels that hear of nights, such as Slack, what this night's mails are about: one post per channel and night, and each
 * transition in one post. What came into a mail after its night's post is in the next night's. A post is claimed before it is sent; one
 * that was refused or got no answer is tried again whenever a night notifies. Answers why posts still wait. A demo tells nobody, and a night
 * that is done again long after tells nothing.
 */
export async function postNight(site: Site, day: Day, publicUrl: string): Promise<string[]> {
  const { workspace, demo, store, clock } = site;
  const listeners = workspace.channels.flatMap(({ definition, config }) =>
    definition.hears === 'nights' ? [{ definition, config }] : [],
  );
  if (demo || listeners.length === 0 || !isRecent(day, clock.now(), workspace.timezone)) return [];

  const since = addDays(day, -DAYS_BACK);
  const posts = await store.posts.list(workspace.id, since, day);
  const mails = await store.mails.list(workspace.id, since, day);
  const unsent: string[] = [];
  for (const { definition, config } of listeners) {
    const { name } = definition;
    const deliver = async (post: PostRecord): Promise<void> => {
      const delivery = await attempted(async () => {
        const channel = definition.open(config, await site.channelSecret(name), site);
        return channel.send(await newsOf(site, post, publicUrl));
      });
      if (delivery.outcome === 'delivered') return store.posts.finish(post, delivery.messageId);
      const reason = excerpt(delivery.reason);
      await store.posts.postpone(post, reason);
      unsent.push(`[post] ${post.id} was not accepted: ${reason}`);
    };

    const own = posts.filter(({ channel }) => channel === name);
    for (const post of own.filter(({ state }) => state === 'claimed')) {
      const taken = isAbandoned(post, clock.now()) ? await store.posts.reclaim(post, clock.now()) : undefined;
      if (taken) await deliver(taken);
      else unsent.push(heldByAnother('post', post));
    }
    // A channel that is new hears of this night, and not of what was told before.
    const first = own.at(-1)?.night ?? day;
    const draft: PostRecord = {
      id: `${name}_${workspace.id}_${day}`,
      workspace: workspace.id,
      channel: name,
      night: day,
      transitions: [...new Set(mails.flatMap((mail) => (mail.night >= first ? mail.transitions : [])))],
      reviews: [...new Set(mails.flatMap((mail) => (mail.night === day ? (mail.reviews ?? []) : [])))],
      state: 'claimed',
      at: clock.now(),
    };
    const { post, fresh } = await store.posts.claim(draft, since);
    if (fresh) await deliver(post);
  }
  return unsent;
}

/** A channel that can't even be opened must not hold up what else is to be sent. */
export async function attempted(send: () => Promise<Delivery>): Promise<Delivery> {
  try {
    return await send();
  } catch (error) {
    return { outcome: 'retryable', reason: messageOf(error) };
  }
}

/** A post in words, by who is responsible, the worst first. */
async function newsOf(site: Site, post: PostRecord, publicUrl: string): Promise<News> {
  const { workspace, store } = site;
  const found = await Promise.all(post.transitions.map((id) => store.transitions.get(workspace.id, id)));
  const transitions = found.filter((transition) => transition !== undefined).toSorted(worstFirst);
  const promises = promisesOf(workspace);
  const dashboardUrl = `${publicUrl}/#${workspace.id}`;
  const itemOf = (transition: Transition): NewsItem => {
    const promised = promises.get(transition.indicator);
    return {
      line: lineOf({
        transition,
        metricTitle: metricTitle({ metric: { id: transition.metric }, where: promised?.step.where }),
        when: promised?.when ?? '',
      }),
      note: sentenceOf(transition),
      href: promised ? `${dashboardUrl}/${transition.indicator}` : dashboardUrl,
    };
  };
  const digests = digestsIn(site, post, publicUrl);
  const news = countsOf(transitions.map((transition) => ({ transition })));
  return {
    id: post.id,
    headline: `${workspace.name} · night of ${post.night}: ${news || digests.map(({ line }) => line).join(', ')}`,
    groups: [...Map.groupBy(transitions, ({ dri }) => dri)].map(([dri, own]) => ({
      who: titleOfDri(workspace.dris, dri),
      items: own.map(itemOf),
    })),
    digests,
    dashboardUrl,
  };
}

/** The meetings whose digests went out with that night's mails. */
function digestsIn({ workspace }: Site, { night, reviews }: PostRecord, publicUrl: string): NewsItem[] {
  const { id, plan, timezone } = workspace;
  const meetings = plan ? meetingsAfter(plan, timezone, night) : [];
  return meetings
    .filter(({ review }) => reviews.includes(review.id))
    .map(({ review, day }) => ({
      line: `${nameOf(review)} on ${day}`,
      note: '',
      href: `${publicUrl}/reviews/${id}/${review.id}/${day}`,
    }));
}
