/** A line of a plan's document that holds a number, counted from 1: amounts that can be promised, and numbers that only name or date. */
export type NumberedLine = { line: number; figures: string[]; labels: string[] };

const MONTHS =
  'Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t|tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?';

const DASH = '[-–—−]';
const NTH = '(?:st|nd|rd|th)?';

/** Numbers that say when, how long or which, and promise nothing: list marks, dates, weeks, periods, clocks, names such as `P95` or `SOC 2`. */
const LABELS = [
  String.raw`https?:\/\/[^\s\d]{0,200}\d\S*`,
  String.raw`^[\s#>*_+-]*(?:\d{1,3}(?:\.\d{1,3})*[.)]|\(\d{1,3}\))(?=[\s*_])`,
  String.raw`^\s*#+\s+\d+(?:\.\d+)+(?=\s)`,
  String.raw`\d{4}-\d{2}-\d{2}`,
  String.raw`\b\d+\.\d{1,2}(?:\.\d+)+\b`,
  String.raw`\b(?:${MONTHS})\.?\s+\d{1,2}${NTH}\b(?:\s*${DASH}\s*(?:(?:${MONTHS})\s+)?\d{1,2}${NTH}\b)?(?:,?\s*\d{4}\b)?`,
  String.raw`\b\d{1,2}${NTH}(?:\s+of)?\s+(?:${MONTHS})\b(?:,?\s+\d{4}\b)?`,
  String.raw`\b(?:${MONTHS}|Q[1-4]|H[12]|FY),?\s+\d{4}\b`,
  String.raw`(?<![$€£<>≥≤=]\s?)\b20[1-4]\d\b(?!\s?[+%]|\s?[KMB]\b|[.,]\d)`,
  String.raw`\b(?:days|weeks|months|quarters|years)\s+\d+\s*(?:&|and)\s*\d+\b`,
  String.raw`\b(?:days?|weeks?|months?|quarters?|years?|risk|hypothesis|sprint|level|section|chapter|page|appendix|SOC|ISO|PCI)\s+\d+(?:\.\d+)*(?:\s*(?:${DASH}|to)\s*\d+)?\b`,
  String.raw`\b(?:priority|phase|step|version|stage)[:*]*\s+\d+(?:\.\d+)*(?:\s*${DASH}\s*\d+)?`,
  String.raw`\b(?:GMT|UTC)\s?[+−-]\d+(?::\d+)?`,
  String.raw`\bv\d+(?:\.\d+)*\b`,
  String.raw`\b(?:2FA|[23]D|[2345]G)\b`,
  String.raw`\b(?!(?:USD|EUR|GBP)\d)[A-Za-z]+\d+[A-Za-z]*\b`,
  String.raw`\b\d{1,2}(?::\d{2})?\s?[ap]\.?m\b\.?`,
  String.raw`\b\d{1,2}:\d{1,2}s?\b`,
  String.raw`\b\d+(?:\/\d+)+(?:[-\s]days?)?\b`,
  String.raw`\b\d+(?:${DASH}\d+){2,}(?:[-\s]days?)?\b`,
  String.raw`\b\d+(?:st|nd|rd|th)\b`,
  // With a comparison, a period is promised.
  String.raw`(?<![<>≥≤=]\s?)\b\d+(?:[-\s](?:days?|weeks?|months?|years?)|d)\b`,
];
const SCALE = String.raw`(?:[KkMB]|bn|mn|thousand|million|billion)`;
/** Thousands may be grouped by commas, points or spaces of any width; a comma may be the decimal point. */
const DIGITS = String.raw`(?:\d{1,3}(?:(?:[,.'’]\d{3})+|(?:[ \u00a0\u2009\u202f]\d{3})+)(?!\d)|\d+)(?:[.,]\d+)?`;
const AMOUNT = String.raw`(?:[$€£]\s?|(?:USD|EUR|GBP)\s?)?${DIGITS}(?:\s?(?:${SCALE}|%|ms|s|h|min|minutes?|hours?)(?![A-Za-z]))?`;
const FIGURES = [String.raw`(?:[#<>≥≤]=?\s?)?${AMOUNT}(?:\s?${DASH}\s?${AMOUNT})?\+?`];
/** Without `one`, which mostly is no number. */
const NUMBER_WORDS = new Map(
  Object.entries({
    zero: 0,
    two: 2,
    three: 3,
    four: 4,
    five: 5,
    six: 6,
    seven: 7,
    eight: 8,
    nine: 9,
    ten: 10,
    eleven: 11,
    twelve: 12,
    dozen: 12,
    fifteen: 15,
    twenty: 20,
    thirty: 30,
    forty: 40,
    fifty: 50,
    sixty: 60,
    seventy: 70,
    eighty: 80,
    ninety: 90,
    hundred: 100,
    thousand: 1000,
    million: 1e6,
  }),
);
const WORD = String.raw`\b(?:${[...NUMBER_WORDS.keys()].join('|')})(?:[\s-](?:${[...NUMBER_WORDS.keys()].join('|')}))*\b`;

const TOKEN = new RegExp(`(?<label>${LABELS.join('|')})|(?<figure>${[...FIGURES, WORD].join('|')})`, 'gi');

/** The numbers of one line of text, each as it is written there. */
export function numbersIn(text: string): Omit<NumberedLine, 'line'> {
  const found = [...text.matchAll(TOKEN)].map(({ groups }) => groups ?? {});
  const named = (name: string) => found.flatMap(({ [name]: part }) => (part ? [part.trim()] : []));
  // An address may be as private as the document's sentences.
  const labels = named('label').map((label) => (/^https?:/i.test(label) ? 'link' : label));
  return { figures: named('figure'), labels };
}

/** Every line of a document that holds a number, in order. */
export const numberedLines = (document: string): NumberedLine[] =>
  document.split(/\r\n|\r|\n/).flatMap((text, index) => {
    const { figures, labels } = numbersIn(text);
    return figures.length + labels.length === 0 ? [] : [{ line: index + 1, figures, labels }];
  });

const SCALES: Readonly<Record<string, number>> = {
  k: 1e3,
  thousand: 1e3,
  m: 1e6,
  mn: 1e6,
  million: 1e6,
  b: 1e9,
  bn: 1e9,
  billion: 1e9,
};
const PART = new RegExp(String.raw`(${DIGITS})(?:\s?(${SCALE})(?![A-Za-z]))?`, 'gi');

/** What a figure may mean: `$8-10K` is 8,000 and 10,000, but may be 8 as well; `1.500` may be 1.5 or 1,500; `two dozen` is 24. */
export function amountsIn(figure: string): number[] {
  const words = figure.toLowerCase().split(/[\s-]/);
  if (words.every((word) => NUMBER_WORDS.has(word))) return [valueOf(words)];
  const parts = [...figure.matchAll(PART)].map(([, digits = '', scale]) => ({ digits, scale }));
  const lastScale = parts.at(-1)?.scale;
  return [
    ...new Set(
      parts.flatMap(({ digits, scale }) => {
        const scales = scale === undefined ? [undefined, lastScale] : [scale];
        return scales.flatMap((one) =>
          readingsOf(digits).map((value) => value * (SCALES[one?.toLowerCase() ?? ''] ?? 1)),
        );
      }),
    ),
  ];
}

/** `1,500`, `1.500` and `99,5` are written differently in different countries. */
function readingsOf(digits: string): number[] {
  const plain = digits.replaceAll(/[\s'’]/g, '');
  const [pointed, commaed] = [plain.replaceAll(',', ''), plain.replaceAll('.', '').replace(',', '.')];
  if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain)) return [Number(pointed)];
  if (/^\d{1,3}\.\d{3}$/.test(plain)) return [Number(pointed), Number(commaed)];
  return [Number(/,\d+$|\.\d+\./.test(plain) ? commaed : pointed)];
}

/** `twenty five` is 25, `two dozen` 24, `three hundred thousand` 300,000. */
const valueOf = (words: readonly string[]): number =>
  words.reduce((sum, word) => {
    const value = NUMBER_WORDS.get(word) ?? 0;
    return value >= 100 || word === 'dozen' ? (sum || 1) * value : sum + value;
  }, 0);
