import { addDays, daysBetween, daysFrom } from '@plumbline/core/day';
import type { Day } from '@plumbline/core/day';
import type { MailRecord } from '@plumbline/core/night';
import type { Transition } from '@plumbline/core/status';
import { preparePlan } from '@plumbline/plan/prepare';
import { END, START } from './company.ts';
import type { History } from './history.ts';

// Written down once more here, and not taken from what is tested.
const HEARD = ['missed', 'met', 'corrected', 'decided', 'recovered', 'reminder', 'at_risk', 'stale', 'source_failed'];
const WITH_EVENT = ['missed', 'met', 'corrected', 'decided', 'recovered', 'at_risk', 'stale'];
const SNOOZE_ENDED = 'the snooze has ended';

const level = ({ kind, to }: Transition): number =>
  kind === 'missed' || (kind === 'corrected' && to === 'missed')
    ? 3
    : kind === 'at_risk' || kind === 'reminder'
      ? 2
      : kind === 'stale'
        ? 1
        : 0;

const isHeard = ({ kind, silent }: Transition): boolean => HEARD.includes(kind) && !silent;

type Left = {
  history: History;
  transitions: readonly Transition[];
  byId: ReadonlyMap<string, Transition>;
  records: readonly MailRecord[];
  /** The mails that each transition is in, of those that got through. */
  mailed: ReadonlyMap<string, readonly MailRecord[]>;
};

/** Every way in which a history broke the rules of calm; none where it kept them. */
export async function breachesIn(history: History): Promise<string[]> {
  const { store, workspace, mails } = history;
  const span = [workspace.id, addDays(START, -1), addDays(END, 30)] as const;
  const transitions = await store.transitions.list(...span);
  const records = await store.mails.list(...span);
  const through = new Set(mails.accepted.map(({ id }) => id).filter((id) => !mails.undelivered.has(id)));
  const mailed = new Map<string, MailRecord[]>();
  for (const record of records) {
    if (!through.has(record.id)) continue;
    for (const id of record.transitions) mailed.set(id, [...(mailed.get(id) ?? []), record]);
  }
  const left = { history, transitions, byId: new Map(transitions.map((one) => [one.id, one])), records, mailed };
  return [
    ...mailBreaches(left),
    ...transitions.flatMap((transition) => hearingBreaches(transition, left)),
    ...rhythmBreaches(left),
    ...snoozeBreaches(left),
    ...quietBreaches(left),
    ...missingBreaches(left),
  ];
}

function mailBreaches({ history, records }: Left): string[] {
  const { mails, workspace } = history;
  const breaches: string[] = [];
  const ids = new Set<string>();
  for (const { id, to } of mails.accepted) {
    if (ids.has(id)) breaches.push(`${id} was sent twice`);
    ids.add(id);
    const record = records.find((one) => one.id === id);
    if (!record) breaches.push(`${id} was sent and is not stored`);
    const expected = mails.undelivered.has(id) ? 'failed' : 'sent';
    if (record?.state !== expected) breaches.push(`${id} is ${record?.state}, not ${expected}`);
    if (record && workspace.dris[record.dri]?.email !== to.email) breaches.push(`${id} went to ${to.email}`);
  }
  const own = new Set<string>();
  for (const { id, dri, night, state, insteadOf } of records) {
    if (state === 'claimed') breaches.push(`${id} still waits`);
    if (state === 'sent' && !ids.has(id)) breaches.push(`${id} is called sent and was not`);
    if (insteadOf !== undefined) continue;
    if (own.has(`${dri} ${night}`)) breaches.push(`${dri} has a second mail of ${night}`);
    own.add(`${dri} ${night}`);
  }
  return breaches;
}

function hearingBreaches(transition: Transition, { history, byId, records, mailed }: Left): string[] {
  const { id, kind, mail, dri, suppressedBy, night } = transition;
  const { dris, fallbackDri } = history.workspace;
  const name = `${id} (${kind} of ${transition.indicator}, ${night})`;
  const own = mailed.get(id) ?? [];
  if (own.length > 1) return [`${name} is in ${own.length} mails`];
  if (WITH_EVENT.includes(kind) && !transition.silent && !history.published.has(id))
    return [`${name} was not published`];
  if (!isHeard(transition)) return own.length > 0 || mail.state !== 'none' ? [`${name} is nobody's to hear`] : [];
  if (suppressedBy !== null) {
    if (own.length > 0) return [`${name} is hidden and was mailed`];
    const why = whyNotHidden(transition, byId.get(suppressedBy), history, mailed);
    return why === undefined ? [] : [`${name} is hidden by ${suppressedBy}: ${why}`];
  }
  if (mail.state === 'failed') {
    const tried = records.filter((record) => record.transitions.includes(id));
    const isLost = tried.every((record) => history.mails.undelivered.has(record.id));
    return isLost && tried.some((record) => record.dri === fallbackDri) ? [] : [`${name} was given up too soon`];
  }
  const [record] = own;
  if (mail.state !== 'sent' || !record) return [`${name} was never heard: its mail is ${mail.state}`];
  const reader = dris[dri]?.email === undefined ? fallbackDri : dri;
  const isBad = history.mails.bad.has(dris[reader]?.email ?? '') && record.dri === fallbackDri;
  return record.dri === reader || record.insteadOf === reader || isBad ? [] : [`${name} was told to ${record.dri}`];
}

/** What hides must itself have been heard, be worse, and be about the same; a snooze must have lasted. */
function whyNotHidden(
  hidden: Transition,
  hider: Transition | undefined,
  { answers, workspace }: History,
  mailed: Left['mailed'],
): string | undefined {
  if (!hider) return 'which does not exist';
  const isQuiet = hidden.kind === 'at_risk' || hidden.kind === 'reminder';
  const snoozed = answers.some(
    ({ kind, transition, indicator, until }) =>
      kind === 'snoozed' && transition === hider.id && indicator === hidden.indicator && (until ?? '') >= hidden.night,
  );
  if (isQuiet && snoozed) return undefined;
  if (!mailed.has(hider.id) && hider.mail.state !== 'failed') return 'which nobody heard';
  if (hider.kind === 'source_failed') {
    const ofIt = workspace.metrics.get(hidden.metric)?.source === hider.indicator.slice('source:'.length);
    return hidden.kind === 'stale' && ofIt ? undefined : 'which is about something else';
  }
  if (hidden.kind === 'corrected') {
    return hider.kind === 'corrected' && hider.indicator === hidden.indicator && hider.corrections > hidden.corrections
      ? undefined
      : 'which says nothing newer';
  }
  if (hider.metric !== hidden.metric) return 'which is about something else';
  const isWorse = level(hider) > level(hidden) || (hidden.kind === 'stale' && hider.kind === 'stale');
  return isWorse && level(hidden) > 0 ? undefined : 'which is no worse';
}

/** Nothing rings again sooner than it may. */
function rhythmBreaches({ transitions }: Left): string[] {
  const breaches: string[] = [];
  const seen = new Map<string, Transition>();
  for (const one of transitions) {
    const { kind, indicator, planVersion, night, detail } = one;
    const key = (of: string) => `${planVersion} ${indicator} ${of}`;
    const before = (of: string): number => {
      const earlier = seen.get(key(of));
      return earlier ? daysBetween(earlier.night, night) : Infinity;
    };
    const tell = (why: string) => breaches.push(`${one.id} (${kind} of ${indicator}, ${night}): ${why}`);
    if (kind === 'at_risk' && detail === null && before('risk') < 4) tell('at risk again within four nights');
    if (kind === 'reminder' && detail === null && Math.min(before('reminder'), before('missed')) < 7)
      tell('reminded within a week');
    if (detail === SNOOZE_ENDED && before(SNOOZE_ENDED) < 1) tell('told twice that a snooze has ended');
    const isDeadline = !['mrr-kept', 'uptime-kept', 'latency'].includes(indicator);
    if (isDeadline && (kind === 'met' || kind === 'missed') && seen.has(key('verdict'))) tell('a second verdict');
    if (isDeadline && kind === 'recovered' && before('recovered') < Infinity && before('corrected') === Infinity)
      tell('a second recovery');
    if (kind === 'at_risk' && detail === null) seen.set(key('risk'), one);
    if (kind === 'met' || kind === 'missed') seen.set(key('verdict'), one);
    if (detail === SNOOZE_ENDED) seen.set(key(SNOOZE_ENDED), one);
    seen.set(key(kind), one);
  }
  return breaches;
}

/** What was bad when its snooze ended, and still is in the first night after, was told once in that night. */
function snoozeBreaches({ history, transitions }: Left): string[] {
  const { answers, nights } = history;
  const statesOf = new Map(nights.map(({ night, states }) => [night, states]));
  const all: Day[] = daysFrom(START, addDays(END, 10)).filter((day) => statesOf.has(day));
  return answers.flatMap((answer): string[] => {
    const { indicator, until, at } = answer;
    if (until === undefined) return [];
    const last = all.findLast((day) => day <= until);
    const first = all.find((day) => day > until);
    if (last === undefined || first === undefined) return [];
    const isReplaced = answers.some(
      (other) => other.indicator === indicator && other.at > at && dayOf(other.at) <= addDays(first, 1),
    );
    const stood = (day: Day) => statesOf.get(day)?.find((state) => state.indicator === indicator);
    const [before, after] = [stood(last), stood(first)];
    const isStill = before?.status === after?.status && before?.since === after?.since;
    const isBad = after?.status === 'missed' || after?.status === 'at_risk';
    if (isReplaced || !isStill || !isBad || before?.definition !== after?.definition) return [];
    const told = transitions.filter(
      (one) => one.indicator === indicator && one.night === first && one.detail === SNOOZE_ENDED && !one.silent,
    );
    return told.length === 1 ? [] : [`the end of the snooze of ${indicator} on ${until} was told ${told.length} times`];
  });
}

/** Whoever has answered is left alone: nothing mild while a snooze lasts, and no reminder of a miss that was acknowledged. */
function quietBreaches({ history: { answers }, transitions, mailed }: Left): string[] {
  return transitions.flatMap((one): string[] => {
    const { id, kind, indicator, night, at, detail } = one;
    if ((kind !== 'at_risk' && kind !== 'reminder') || detail === SNOOZE_ENDED || !mailed.has(id)) return [];
    const last = answers.findLast((answer) => answer.indicator === indicator && answer.at < at);
    const name = `${id} (${kind} of ${indicator}, ${night})`;
    if (last?.until !== undefined)
      return last.until >= night ? [`${name} rang through a snooze until ${last.until}`] : [];
    const answered = transitions.find(({ id: other }) => other === last?.transition);
    if (kind === 'at_risk' || !answered) return [];
    const verdicts = ['missed', 'met', 'corrected', 'recovered', 'on_track'];
    const isNews = transitions.some(
      (other) => other.indicator === indicator && other.night > answered.night && verdicts.includes(other.kind),
    );
    return isNews || answered.to !== 'missed' ? [] : [`${name} reminds of what was acknowledged`];
  });
}

/** What is missing at the end has been told, or its verdict was past before anybody was told anything. */
function missingBreaches({ history: { nights, workspace }, transitions }: Left): string[] {
  const { plan, metrics } = workspace;
  const steps = new Map(plan && preparePlan(plan, metrics).steps.map((step) => [step.id, step]));
  return (nights.at(-1)?.states ?? []).flatMap(({ indicator, stale }): string[] => {
    if (!stale || stale.untold) return [];
    const own = transitions.filter(
      ({ kind, indicator: of, night }) => kind === 'stale' && of === indicator && night >= stale.since,
    );
    const due = steps.get(indicator)?.due;
    const isTold = own.some(({ silent, night }) => !silent || (due !== undefined && due < night));
    return isTold ? [] : [`${indicator} is missing since ${stale.since}, and nobody was told`];
  });
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
