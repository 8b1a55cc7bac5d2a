import { isDeepStrictEqual } from 'node:util';
import { labelOf, sourceIn } from '@plumbline/alerts/kinds';
import type { Day } from '@plumbline/core/day';
import { addDays } from '@plumbline/core/day';
import type { Acknowledgement, Transition } from '@plumbline/core/status';
import { dayAt } from '@plumbline/core/zone';
import type { Room } from './reads.ts';

const MOST_CHARACTERS = 500;
const MOST_SNOOZE_DAYS = 90;

/** Where an answer is kept, and when it is given. */
export type Place = Pick<Room, 'workspace' | 'store' | 'now'>;

/** The days that a snooze may last until the end of. */
export function snoozeDays({ workspace, now }: Place): { first: Day; last: Day } {
  const today = dayAt(now, workspace.timezone);
  return { first: today, last: addDays(today, MOST_SNOOZE_DAYS) };
}

/** What somebody says of an alert: that they know of it, or, with `until`, that it may be quiet. */
export type Answer = { reason: string; until?: Day | undefined; by?: string | undefined };

/** Nothing follows from an answer to what is met for good, to a hypothesis, or to a source's health. */
const isOver = ({ to, hypothesis, indicator }: Transition): boolean =>
  to === 'met' || hypothesis !== undefined || sourceIn(indicator) !== undefined;

/** What is wrong with an answer, for whoever gives it; null where nothing is. */
export function problemIn(place: Place, transition: Transition, { reason, until }: Answer): string | null {
  if (isOver(transition)) return `There is nothing to acknowledge or snooze about “${labelOf(transition)}”.`;
  if (reason.length > MOST_CHARACTERS) return `The reason is too long: write at most ${MOST_CHARACTERS} characters.`;
  if (until === undefined) return reason.trim() === '' ? 'Write down what you are doing about it.' : null;
  const { first, last } = snoozeDays(place);
  return until >= first && until <= last ? null : wrongDay(place);
}

export function wrongDay(place: Place): string {
  const { first, last } = snoozeDays(place);
  return `Choose a day from ${first} to ${last}.`;
}

/** Keeps an answer. The same one given once more, as by a button that is pressed twice, leaves it as it was first given. */
export async function giveAnswer(place: Place, transition: Transition, given: Answer): Promise<Acknowledgement> {
  const { workspace, store, now } = place;
  const { reason, until, by } = given;
  const answer: Acknowledgement = {
    workspace: workspace.id,
    indicator: transition.indicator,
    transition: transition.id,
    kind: until === undefined ? 'acknowledged' : 'snoozed',
    reason: reason.trim(),
    ...(by === undefined ? {} : { by }),
    ...(until === undefined ? {} : { until }),
    at: now,
  };
  const known = await store.acknowledgements.list(workspace.id);
  const last = known.find(({ indicator }) => indicator === transition.indicator);
  if (last && isDeepStrictEqual(last, { ...answer, at: last.at })) return last;
  await store.acknowledgements.put(answer);
  return answer;
}
