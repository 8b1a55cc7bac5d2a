/** A line of a plan's document that holds a number, counted from 1: amounts that can be promised, and numbers that only name or date. */
export type NumberedLine = { line: number; figures: string[]; labels: string[] };

const MONTHS =
  'Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t|tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?';

/** Numbers that say when, how long or which, and promise nothing: list marks, dates, weeks, periods, clocks, names such as `P95` or `SOC 2`. */
const LABELS = [
  String.raw`^\s*\d{1,3}[.)](?=\s)`,
  String.raw`\d{4}-\d{2}-\d{2}`,
  String.raw`\b(?:${MONTHS})\.?\s+\d{1,2}\b(?:\s*[-–]\s*(?:(?:${MONTHS})\s+)?\d{1,2}\b)?(?:,?\s*\d{4}\b)?`,
  String.raw`\b(?:${MONTHS}|Q[1-4]),?\s+\d{4}\b`,
  String.raw`\b(?:days?|weeks?|months?|quarters?|years?|priority|risk|hypothesis|phase|step|version|stage|sprint|SOC|ISO|PCI)[:*]*\s+\d+(?:\.\d+)*(?:\s*[-–]\s*\d+)?`,
  String.raw`\bGMT[+-]\d+`,
  String.raw`\b[A-Za-z]+\d+[A-Za-z]*\b`,
  String.raw`\b\d{1,2}(?::\d{2})?\s?[ap]m\b`,
  String.raw`\b\d{1,2}:\d{1,2}s?\b`,
  String.raw`\b\d+(?:\/\d+)+(?:[-\s]days?)?\b`,
  String.raw`\b\d+(?:[-\s](?:days?|weeks?|months?|years?)|d)\b`,
];
const AMOUNT = String.raw`[$€£]?\d+(?:,\d{3})*(?:\.\d+)?(?:\s?(?:[KkMB]|%|ms|s|h|min|minutes?|hours?)(?![A-Za-z]))?`;
const FIGURES = [String.raw`(?:[#<>≥≤]=?\s?)?${AMOUNT}(?:\s?[-–]\s?${AMOUNT})?\+?`];
const WORDS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];
/** Without `one`, which mostly is no number. */
const WORD = String.raw`\b(?:${WORDS.filter((word) => word !== 'one').join('|')})\b`;

const TOKEN = new RegExp(`(?<label>${LABELS.join('|')})|(?<figure>${[...FIGURES, WORD].join('|')})`, 'gi');

/** The numbers of one line of text, each as it is written there. */
export function numbersIn(text: string): Omit<NumberedLine, 'line'> {
  const found = [...text.matchAll(TOKEN)].map(({ groups }) => groups ?? {});
  const named = (name: string) => found.flatMap(({ [name]: part }) => (part ? [part.trim()] : []));
  return { figures: named('figure'), labels: named('label') };
}

/** Every line of a document that holds a number, in order. */
export const numberedLines = (document: string): NumberedLine[] =>
  document.split(/\r\n|\r|\n/).flatMap((text, index) => {
    const { figures, labels } = numbersIn(text);
    return figures.length + labels.length === 0 ? [] : [{ line: index + 1, figures, labels }];
  });

const SCALES: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, b: 1e9 };

/** What a figure may mean: `$8-10K` is 8 and 10 as well as 8,000 and 10,000; `zero` is 0. */
export function amountsIn(figure: string): number[] {
  const word = WORDS.indexOf(figure.toLowerCase());
  if (word >= 0) return [word];
  const scale =
    SCALES[/\d\s?([KkMB])(?![A-Za-z])/.exec(figure.split(/[-–]/).at(-1) ?? '')?.[1]?.toLowerCase() ?? ''] ?? 1;
  const plain = [...figure.matchAll(/\d+(?:,\d{3})*(?:\.\d+)?/g)].map(([digits]) => Number(digits.replaceAll(',', '')));
  return [...new Set([...plain, ...plain.map((value) => value * scale)])];
}
