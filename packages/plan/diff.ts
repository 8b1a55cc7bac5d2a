import type { CatalogueMetric } from '@plumbline/core/metric';
import { InputError } from '@plumbline/core/errors';
import { prepareHypothesis, stepsOf } from './prepare.ts';
import type { Step } from './prepare.ts';
import type { Hypothesis, Indicator, Plan } from './schema.ts';
import { boundsOf } from './words.ts';

export type ChangeAbout = 'plan' | 'indicator' | 'hypothesis' | 'identity' | 'review' | 'untracked';

/** One difference between two plans, in words. */
export type PlanChange = {
  about: ChangeAbout;
  /** Of an indicator, hypothesis or review its id, else null. */
  id: string | null;
  /** moved: not a word of it has changed, but the plan's dates have, and its days with them. */
  change: 'added' | 'removed' | 'changed' | 'moved';
  words: string;
  /** Ids of what is judged anew: its own, or those of the weeks and months that are promised otherwise now. */
  anew: string[];
};

type Metrics = ReadonlyMap<string, CatalogueMetric>;
type Row = { before: string; after: string };

/**
 * What changed from one plan to another, in the order of the plan file: the plan itself, then each list's removed, changed and added
 * entries. Comments and the order of things are no change. `metrics` tells which promises are the same although written otherwise.
 */
export function diffPlans(before: Plan, after: Plan, metrics: Metrics): PlanChange[] {
  return [
    ...headOf(before, after),
    ...byId('indicator', before.indicators, after.indicators, {
      told: toldIndicator,
      changed: (a, b) => indicatorChanged(a, b, { before, after, metrics }),
    }),
    ...byId('hypothesis', before.hypotheses, after.hypotheses, {
      told: (one) => `${quoted(one.says)} (${one.metric}, ${boundsOf(one)})`,
      changed: (a, b) => hypothesisChanged(a, b, { before, after, metrics }),
    }),
    ...byText('identity', before.identities, after.identities, ({ says, check }) => `${quoted(says)} (${check})`),
    ...byId('review', before.reviews, after.reviews, {
      told: ({ every, at, to }) => `every ${every} at ${at}, to ${to.join(', ')}`,
      changed: (a, b) => ({
        words: rows([
          ['', `every ${a.every} at ${a.at}`, `every ${b.every} at ${b.at}`],
          ['goes to', a.to.join(', '), b.to.join(', ')],
          ['line', lines(a.line), lines(b.line)],
        ]),
        anew: [],
      }),
    }),
    ...byText(
      'untracked',
      before.untracked,
      after.untracked,
      ({ says, line, why }) => `${quoted(says)}${line === undefined ? '' : ` in line ${lines(line)}`}, because: ${why}`,
    ),
  ];
}

const quoted = (text: string): string => `"${text}"`;
const lines = (line: number | number[] | undefined): string => (line === undefined ? 'none' : [line].flat().join(', '));
const part = (where: Readonly<Record<string, string>> | undefined): string =>
  where === undefined
    ? 'all of it'
    : Object.entries(where)
        .map(([dimension, key]) => `${dimension} ${key}`)
        .join(', ');

/** `target > 40 becomes > 45` for each that differs. */
const rows = (
  all: readonly (readonly [name: string, before: string | undefined, after: string | undefined])[],
): string[] =>
  all.flatMap(([name, before = 'none', after = 'none']) =>
    before === after ? [] : [`${name} ${before} becomes ${after}`.trimStart()],
  );

function headOf(before: Plan, after: Plan): PlanChange[] {
  const row = (words: string, { before: from, after: to }: Row): PlanChange[] =>
    from === to
      ? []
      : [{ about: 'plan', id: null, change: 'changed', words: `${words} ${to} instead of ${from}`, anew: [] }];
  return [
    ...row('the plan is called', { before: before.plan, after: after.plan }),
    ...row('its title is', { before: quoted(before.title), after: quoted(after.title) }),
    ...row('its document is', { before: before.document ?? 'none', after: after.document ?? 'none' }),
    ...row('the plan begins on', { before: before.start, after: after.start }),
    ...row('the plan ends on', { before: before.end, after: after.end }),
    ...row('its baseline is', { before: before.baseline ?? 'none', after: after.baseline ?? 'none' }),
  ];
}

/** Lists whose entries have ids. */
function byId<Entry extends { id: string }>(
  about: ChangeAbout,
  before: readonly Entry[],
  after: readonly Entry[],
  { told, changed }: { told: (entry: Entry) => string; changed: (a: Entry, b: Entry) => Compared },
): PlanChange[] {
  const earlier = new Map(before.map((entry) => [entry.id, entry]));
  const later = new Set(after.map(({ id }) => id));
  const gone = before.filter(({ id }) => !later.has(id));
  const fresh = after.filter(({ id }) => !earlier.has(id));
  return [
    ...gone.map((one): PlanChange => ({ about, id: one.id, change: 'removed', words: told(one), anew: [] })),
    ...after.flatMap((one): PlanChange[] => {
      const old = earlier.get(one.id);
      if (!old) return [];
      const { words, anew, moved } = changed(old, one);
      if (words.length === 0 && moved === undefined) return [];
      const change = words.length === 0 ? 'moved' : 'changed';
      return [
        { about, id: one.id, change, words: [...words, ...(moved === undefined ? [] : [moved])].join('; '), anew },
      ];
    }),
    ...fresh.map((one): PlanChange => ({ about, id: one.id, change: 'added', words: told(one), anew: [] })),
  ];
}

/** Lists whose entries have nothing but their words. */
function byText<Entry>(
  about: ChangeAbout,
  before: readonly Entry[],
  after: readonly Entry[],
  told: (entry: Entry) => string,
): PlanChange[] {
  const text = (entry: Entry) =>
    JSON.stringify(Object.entries(entry as object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const [earlier, later] = [before, after].map((list) => new Set(list.map(text)));
  return [
    ...before.filter((entry) => !later?.has(text(entry))).map((entry) => ({ entry, change: 'removed' as const })),
    ...after.filter((entry) => !earlier?.has(text(entry))).map((entry) => ({ entry, change: 'added' as const })),
  ].map(({ entry, change }) => ({ about, id: null, change, words: told(entry), anew: [] }));
}

const timeIn = ({ by, during, maintain }: Indicator): string =>
  by !== undefined ? `by ${by}` : during !== undefined ? `during ${during}` : `maintain ${maintain}`;

const toldIndicator = (one: Indicator): string =>
  `${quoted(one.says)} (${one.metric}${one.where ? ` of ${part(one.where)}` : ''} ${one.target} ${timeIn(one)}), ${one.priority}, DRI ${one.dri}`;

type Compared = { words: string[]; anew: string[]; moved?: string };
type Plans = { before: Plan; after: Plan; metrics: Metrics };
type Promised = Pick<Step, 'id' | 'definition' | 'kind' | 'from' | 'to'>;

/** What is promised by id; undefined where the workspace has no such metric any more. */
function promises(read: () => readonly Promised[]): Map<string, Promised> | undefined {
  try {
    return new Map(read().map((one) => [one.id, one]));
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

const daysIn = ({ kind, from, to }: Promised): string => (kind === 'by' || from === to ? to : `${from}..${to}`);

/** What is judged anew of two readings of one entry, and how its days have moved. */
function compared(earlier: Map<string, Promised> | undefined, later: Map<string, Promised> | undefined) {
  const both = [...(later ?? [])].flatMap(([id, now]) => {
    const was = earlier?.get(id);
    return was ? [{ id, was, now }] : [];
  });
  const anew = both.filter(({ was, now }) => was.definition !== now.definition);
  const [first] = anew.filter(({ was, now }) => daysIn(was) !== daysIn(now));
  return {
    anew: earlier ? anew.map(({ id }) => id) : [...(later ?? new Map()).keys()],
    moved: first && `its days move from ${daysIn(first.was)} to ${daysIn(first.now)}`,
  };
}

function indicatorChanged(a: Indicator, b: Indicator, { before, after, metrics }: Plans): Compared {
  const words = rows([
    ['metric', a.metric, b.metric],
    ['where', part(a.where), part(b.where)],
    ['target', a.target, b.target],
    ['', timeIn(a), timeIn(b)],
    ['aggregate', a.aggregate, b.aggregate],
    ['over', a.over, b.over],
    ['priority', a.priority, b.priority],
    ['DRI', a.dri, b.dri],
    ['says', quoted(a.says), quoted(b.says)],
    ['line', lines(a.line), lines(b.line)],
    ['risk', a.risk && quoted(a.risk), b.risk && quoted(b.risk)],
    ['mitigation', a.mitigation && quoted(a.mitigation), b.mitigation && quoted(b.mitigation)],
  ]);
  const { anew, moved } = compared(
    promises(() => stepsOf(a, before, metrics)),
    promises(() => stepsOf(b, after, metrics)),
  );
  if (timeIn(a) !== timeIn(b)) return { words, anew };
  return { words, anew, ...follows(words, anew, moved) };
}

/** Where the words of its own don't say why it is judged anew, the plan's dates do. */
const follows = (words: readonly string[], anew: readonly string[], moved: string | undefined) =>
  moved !== undefined
    ? { moved }
    : words.length === 0 && anew.length > 0
      ? { moved: 'the day of its baseline is another one' }
      : {};

function hypothesisChanged(a: Hypothesis, b: Hypothesis, { before, after, metrics }: Plans): Compared {
  const words = rows([
    ['metric', a.metric, b.metric],
    ['where', part(a.where), part(b.where)],
    ['from', a.from, b.from],
    ['to', a.to, b.to],
    ['start', a.start, b.start],
    ['within', a.within, b.within],
    ['go', a.go, b.go],
    ['pivot', a.pivot, b.pivot],
    ['DRI', a.dri, b.dri],
    ['says', quoted(a.says), quoted(b.says)],
    ['line', lines(a.line), lines(b.line)],
  ]);
  const read = (one: Hypothesis, plan: Plan) => () =>
    prepareHypothesis(one, plan, metrics).map(({ definition, step }) => ({ ...step, definition }));
  const { anew, moved } = compared(promises(read(a, before)), promises(read(b, after)));
  if (a.start !== b.start || a.within !== b.within) return { words, anew };
  return { words, anew, ...follows(words, anew, moved) };
}
