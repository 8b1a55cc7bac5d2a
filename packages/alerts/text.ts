// Control characters, and the marks that let a name reorder the words around it.
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\u200B]/gu;

/** Outside text made fit for a line of a mail or an event: one line, nothing unseen in it, at most `max` characters. */
export function plain(text: string, max = 1000): string {
  const line = text.toWellFormed().replaceAll(/\s+/g, ' ').replaceAll(UNSEEN, '').trim();
  const characters = Array.from(line);
  return characters.length > max ? `${characters.slice(0, max - 1).join('')}…` : line;
}

/** Outside text that may repeat what it must not, without it. */
export const without = (secrets: readonly string[], text: string): string =>
  secrets.reduce((left, secret) => (secret === '' ? left : left.replaceAll(secret, '…')), text);

/** Markup that is safe as it stands: made by `markup`, or a constant of ours. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | number | Html | null | undefined | false | readonly Piece[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

function show(piece: Piece): string {
  if (piece === null || piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'object') return piece.map(show).join('');
  return escape(plain(String(piece)));
}

/** A template whose every value is escaped, in text as in quoted attributes, unless it is itself `markup`. */
export const markup = (strings: TemplateStringsArray, ...values: Piece[]): Html =>
  new Html(strings.reduce((made, text, index) => made + show(values[index - 1]) + text));
