import type { ChangeAbout, PlanChange } from '@plumbline/plan/diff';
import { counted } from '@plumbline/core/words';
import { wrapped } from './table.ts';

/** Lines that one heading shows; `--json` has them all. */
const MOST = 20;

const GROUPS: { title: string; about: ChangeAbout[]; change: PlanChange['change'][] }[] = [
  { title: 'The plan', about: ['plan'], change: ['changed'] },
  { title: 'Changed', about: ['indicator'], change: ['changed'] },
  { title: 'Moved', about: ['indicator'], change: ['moved'] },
  { title: 'Added', about: ['indicator'], change: ['added'] },
  { title: 'Removed', about: ['indicator'], change: ['removed'] },
  { title: 'Hypotheses', about: ['hypothesis'], change: ['changed', 'moved', 'added', 'removed'] },
  { title: 'Identities', about: ['identity'], change: ['added', 'removed'] },
  { title: 'Reviews', about: ['review'], change: ['changed', 'added', 'removed'] },
  { title: 'Untracked lines', about: ['untracked'], change: ['added', 'removed'] },
];

/** What changed in words, by heading, and what that means for judging. */
export function diffText(changes: readonly PlanChange[]): string {
  if (changes.length === 0) return "Nothing changed; comments, spacing and order don't count.";
  const blocks = GROUPS.flatMap(({ title, about, change }) => {
    const own = changes.filter((one) => about.includes(one.about) && change.includes(one.change));
    if (own.length === 0) return [];
    const isMixed = change.length > 1;
    const lines = own.slice(0, MOST).map((one) => lineOf(one, isMixed));
    const more = own.length - lines.length;
    return [
      [title.toUpperCase(), ...lines, ...(more > 0 ? [`  and ${more} more, which --json lists`] : [])].join('\n'),
    ];
  });
  return [...blocks, wrapped(meaning(changes))].join('\n\n');
}

function lineOf({ id, change, words, anew }: PlanChange, isMixed: boolean): string {
  const whose = [isMixed && (change === 'added' || change === 'removed') ? change : '', id ?? ''].filter(Boolean);
  const own = anew.length === 1 && anew[0] === id;
  const judged = anew.length === 0 ? '' : own ? ' (judged anew)' : ` (judged anew: ${shortList(anew)})`;
  return wrapped(`${whose.length === 0 ? '' : `${whose.join(' ')}: `}${words}${judged}`, {
    indent: '  ',
    hanging: '    ',
  });
}

const shortList = (ids: readonly string[]): string =>
  ids.length <= 4 ? ids.join(', ') : `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more`;

const JUDGED: readonly ChangeAbout[] = ['indicator', 'hypothesis'];

/** What the next night makes of it. */
function meaning(changes: readonly PlanChange[]): string {
  const judged = changes.filter(({ about }) => JUDGED.includes(about));
  const of = (...kinds: PlanChange['change'][]) => judged.filter(({ change }) => kinds.includes(change));
  const anew = of('changed', 'moved').filter((one) => one.anew.length > 0).length;
  const kept = of('changed', 'moved').length - anew;
  const added = of('added').length;
  const removed = of('removed').length;
  const is = (count: number, one: string, more: string) => `${counted(count, 'promise')} ${count === 1 ? one : more}`;
  const sentences = [
    ...(anew === 0 ? [] : [`${is(anew, 'is', 'are')} judged anew, as if never judged before.`]),
    ...(kept === 0 ? [] : [`${is(kept, 'keeps its', 'keep their')} status.`]),
    ...(added === 0 ? [] : [`${is(added, 'is', 'are')} judged for the first time.`]),
    ...(removed === 0 ? [] : [`${is(removed, 'is', 'are')} judged no more.`]),
    ...(anew + added === 0 ? [] : ['What is past by then is noted without a mail; what is ahead is told as ever.']),
  ];
  return sentences.length === 0 ? 'Nothing is judged otherwise.' : sentences.join(' ');
}
