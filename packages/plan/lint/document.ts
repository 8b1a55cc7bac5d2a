import { LINES_FILE } from '../document-lines.ts';
import { amountsIn } from '../figures.ts';
import type { Plan } from '../schema.ts';
import { resultOf } from './arithmetic.ts';
import type { Draft, Path, Rule, Subject } from './finding.ts';
import { CITING, enumerate, inLines, linesOf } from './finding.ts';

const MOST_NAMED = 20;

type Citing = { path: Path; lines: number[] };

/** Every entry of the plan, with the lines that it cites. */
const citationsOf = (plan: Plan): Citing[] =>
  CITING.flatMap((list) => plan[list].map((entry, index) => ({ path: [list, index], lines: linesOf(entry) })));

/** `12 (5+), 40 ($10K) and 77`, at most twenty of them. */
function named(lines: readonly number[], figures: ReadonlyMap<number, readonly string[]>): string {
  const shown = lines.slice(0, MOST_NAMED).map((line) => {
    const found = figures.get(line) ?? [];
    return found.length > 0 ? `${line} (${found.join(', ')})` : `${line}`;
  });
  const more = lines.length - shown.length;
  return enumerate(more > 0 ? [...shown, `${more} more`] : shown);
}

const figuresOf = ({ lines }: Subject): Map<number, readonly string[]> =>
  new Map(lines?.numbered.map(({ line, figures }) => [line, figures]));

function uncited(subject: Subject): Draft[] {
  const known = new Set(citationsOf(subject.plan).flatMap(({ lines }) => lines));
  const left = (subject.lines?.numbered ?? []).filter(({ line, figures }) => figures.length > 0 && !known.has(line));
  if (left.length === 0) return [];
  const lines = left.map(({ line }) => line);
  const count =
    left.length === 1
      ? 'A line of the document with figures is'
      : `${left.length} lines of the document with figures are`;
  return [
    {
      severity: 'warning',
      message: `${count} neither cited nor untracked: ${named(lines, figuresOf(subject))}.`,
      why: 'What the document promises there is judged by nobody; add an indicator, or an untracked line with its reason.',
      of: [],
      lines,
    },
  ];
}

function notThere(subject: Subject): Draft[] {
  const { lines: known } = subject;
  if (!known) return [];
  const numbered = new Set(known.numbered.map(({ line }) => line));
  return citationsOf(subject.plan).flatMap(({ path, lines }): Draft[] => {
    const beyond = lines.filter((line) => known.last !== undefined && line > known.last);
    // When people meet is often said without a number.
    const needsNumber = path[0] !== 'reviews';
    const plain = lines.filter((line) => needsNumber && !numbered.has(line) && !beyond.includes(line));
    const of = [[...path, 'line']];
    const why = 'Who wants to read up on it finds something else there, and the line that is meant may go unjudged.';
    return [
      ...(beyond.length > 0
        ? [
            {
              severity: 'error' as const,
              message: `The document ends with line ${known.last}, before the cited ${inLines(beyond)}.`,
              why,
              of,
              lines: beyond,
            },
          ]
        : []),
      ...(plain.length > 0
        ? [
            {
              // A promise may be made in words alone.
              severity: 'note' as const,
              message: `The cited ${inLines(plain)} of the document ${plain.length === 1 ? 'has' : 'have'} no number.`,
              why: 'If the line is mistyped, the one that is meant may go unjudged.',
              of,
              lines: plain,
            },
          ]
        : []),
    ];
  });
}

/** What an entry says in numbers, each as a text with one number in it. */
function amountsOf(plan: Plan, [list, index]: Path): { key: string; text: string }[] {
  if (typeof index !== 'number') return [];
  const targeted =
    list === 'indicators' ? plan.indicators[index] : list === 'untracked' ? plan.untracked[index] : undefined;
  const hypothesis = list === 'hypotheses' ? plan.hypotheses[index] : undefined;
  const identity = list === 'identities' ? plan.identities[index] : undefined;
  const texts = [
    ...(targeted?.target?.split('..').map((text) => ({ key: 'target', text })) ?? []),
    ...(['from', 'to', 'go', 'pivot'] as const).flatMap((key) =>
      hypothesis?.[key] ? [{ key, text: hypothesis[key] }] : [],
    ),
    ...(identity ? literalsOf(identity.check) : []),
  ];
  return texts.filter(({ text }) => /\d/.test(text));
}

/** The numbers of an identity; 100% is the whole of anything and needs no line. */
const literalsOf = (check: string) =>
  (resultOf(check)?.numbers ?? [])
    .filter((number) => number !== 100 || !check.includes('100%'))
    .map((number) => ({ key: 'check', text: `${number}` }));

function strangeFigures(subject: Subject): Draft[] {
  const numbered = new Map(subject.lines?.numbered.map((one) => [one.line, one]));
  return citationsOf(subject.plan).flatMap(({ path, lines }): Draft[] => {
    const cited = lines.flatMap((line) => numbered.get(line) ?? []);
    const written = cited.flatMap(({ figures }) => figures);
    // A line in words alone may say anything.
    if (written.length === 0 || cited.length < lines.length) return [];
    // A bare 1 stands for "a", "first" or "one" as often as for a figure, and lines of a list may be counted.
    const known = new Set([
      1,
      lines.length,
      ...[...written, ...cited.flatMap(({ labels }) => labels)].flatMap(amountsIn),
    ]);
    // A table may say "in thousands" at its head, and 10 in the line.
    const isKnown = (text: string): boolean =>
      [text, text.replace(/(\d)\s?[KMB]\b/i, '$1')].flatMap(amountsIn).some((amount) => known.has(amount));
    const strange = amountsOf(subject.plan, path).filter(({ text }) => !isKnown(text));
    const [first] = strange;
    if (!first) return [];
    const texts = [...new Set(strange.map(({ text }) => `"${text.trim()}"`))];
    return [
      {
        severity: 'warning',
        message: `${enumerate(texts)} ${texts.length === 1 ? 'is' : 'are'} not among the figures of the cited ${inLines(lines)}: ${enumerate(written)}.`,
        why: 'Either the number or the line is mistyped, or the plan promises something else than its document.',
        of: [[...path, first.key]],
      },
    ];
  });
}

function unchecked({ plan, lines }: Subject): Draft[] {
  if (lines || citationsOf(plan).every((one) => one.lines.length === 0)) return [];
  const there =
    plan.document === undefined
      ? 'The plan names no document'
      : `The document ${plan.document} does not lie beside the plan`;
  return [
    {
      severity: 'note',
      message: `${there}, and there is no ${LINES_FILE} either, so the cited lines were not checked.`,
      why: 'Put the document beside the plan and name it with "document:"; "plumbline plan lines" then keeps its list of lines for others.',
      of: plan.document === undefined ? [['plan']] : [['document']],
      lines: [],
    },
  ];
}

const outdated = ({ lines }: Subject): Draft[] =>
  lines?.isListOld
    ? [
        {
          severity: 'warning',
          message: `${LINES_FILE} is not what the document says any more.`,
          why: 'Who does not have the document checks the plan against old lines; "plumbline plan lines" writes the list anew.',
          of: [['document']],
          lines: [],
        },
      ]
    : [];

/** The plan against the lines of its document. */
export const documentRules: Rule[] = [
  { rule: 'no-such-line', check: notThere },
  { rule: 'figure-not-in-line', check: strangeFigures },
  { rule: 'uncited-line', check: uncited },
  { rule: 'old-list-of-lines', check: outdated },
  { rule: 'lines-unchecked', check: unchecked },
];
