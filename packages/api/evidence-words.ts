import { excerpt } from '@plumbline/core/errors';
import type { Block } from '@plumbline/core/explanation';
import type { Evidence, Json } from '@plumbline/core/snapshot';
import { capital } from '@plumbline/core/words';

type Row = readonly [string, string];

/** Most rows of one block; what a source keeps beyond that is data, not an explanation. */
const MOST_ROWS = 40;
/** Digits of a digest that are enough to compare two by eye. */
const DIGEST_SHOWN = 12;

/** `cancelAtPeriodEnd`, `small_sample`: as people write them. */
const keyWords = (key: string): string =>
  capital(
    key
      .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
      .replaceAll('_', ' ')
      .toLowerCase(),
  );

const decimal = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 });

type Scalar = string | number | boolean | null;
const isScalar = (value: Json): value is Scalar => typeof value !== 'object' || value === null;
const isList = (value: Json): value is readonly Scalar[] => Array.isArray(value) && value.every(isScalar);

function plainWords(value: Scalar | readonly Scalar[]): string {
  if (typeof value === 'object' && value !== null) return excerpt(value.map(plainWords).join(', '));
  if (typeof value === 'number') return decimal.format(value).replace('-', '−');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === null ? '–' : excerpt(value);
}

/** Whatever is nested, as one row per value; a list of plain values is one. */
function rowsOf(value: Json, path: readonly string[]): Row[] {
  const name = path.join(' ');
  if (isScalar(value) || isList(value)) return [[name, plainWords(value)]];
  return Object.entries(value).flatMap(([key, inner]: [string, Json]) =>
    rowsOf(inner, [...path, Array.isArray(value) ? String(Number(key) + 1) : key]),
  );
}

function blockOf(title: string, all: readonly Row[]): Block {
  const rows = all.slice(0, MOST_ROWS);
  return { title, head: [], rows, more: all.length - rows.length, note: '' };
}

type Named = { readonly [key: string]: Json };
const isNamed = (value: Json): value is Named => !isScalar(value) && !Array.isArray(value);
const isRow = (value: Json): value is { readonly [key: string]: Scalar } =>
  isNamed(value) && Object.values(value).every(isScalar);

/** What is told alike of several things (monitors, days of a cohort) as a row of figures for each; all else by its path. */
function nestedBlock(title: string, value: Json): Block {
  const things = isNamed(value) ? Object.entries(value) : [];
  const rows = things.flatMap(([name, told]) => (isRow(told) ? [{ name, told }] : []));
  if (rows.length === 0 || rows.length < things.length) return blockOf(title, rowsOf(value, []));
  const keys = [...new Set(rows.flatMap(({ told }) => Object.keys(told)))];
  const words = rows.map(({ name, told }) => [name, ...keys.map((key) => plainWords(told[key] ?? ''))]);
  const shown = words.slice(0, MOST_ROWS);
  return { title, head: ['', ...keys.map(keyWords)], rows: shown, more: words.length - shown.length, note: '' };
}

/** What was read for a number, and whatever else its source keeps as evidence that has no words of its own (`known` has). */
export function evidenceBlocks(evidence: Evidence, known: ReadonlySet<string>): Block[] {
  const { requests, rows, sha256, policy, ...all } = evidence;
  const others = Object.entries(all).filter(([key]) => !known.has(key));
  const isPlain = (value: Json): boolean => isScalar(value) || isList(value);
  const [plain, nested] = [others.filter(([, value]) => isPlain(value)), others.filter(([, value]) => !isPlain(value))];
  return [
    ...nested.map(([key, value]) => nestedBlock(keyWords(key), value)),
    blockOf('Evidence', [
      ['Requests', plainWords(requests)],
      ['Rows read', plainWords(rows)],
      ['Digest (SHA-256)', `${sha256.slice(0, DIGEST_SHOWN)}${sha256.length > DIGEST_SHOWN ? '…' : ''}`],
      ['Policy', excerpt(policy)],
      ...plain.flatMap(([key, value]) => rowsOf(value, [keyWords(key)])),
    ]),
  ];
}
