/** Headers of a raw mail by lower-case name, unfolded; of one that comes twice the first counts. */
export function readHeaders(raw: Uint8Array): Map<string, string> {
  const text = Buffer.from(raw).toString('utf8');
  const head = text.split(/\r?\n\r?\n/, 1)[0] ?? '';
  const headers = new Map<string, string>();
  for (const line of head.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

/** Turns `=?UTF-8?Q?…?=` and `=?UTF-8?B?…?=` (RFC 2047) back into text; words of other charsets stay as they are. */
export const decodeWords = (text: string): string =>
  text
    .replaceAll(/(\?=)\s+(?==\?)/g, '$1') // white space between two encoded words is not text
    .replaceAll(/(?:=\?utf-8\?[bq]\?[^?]*\?=)+/gi, (words) => {
      const parts = words.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi);
      // Joined before decoding: some mailers split a character between two words.
      return Buffer.concat(
        [...parts].map(([, kind = '', body = '']) =>
          kind.toLowerCase() === 'b' ? Buffer.from(body, 'base64') : fromQuoted(body),
        ),
      ).toString('utf8');
    });

const fromQuoted = (body: string): Buffer =>
  Buffer.from(
    body
      .replaceAll('_', ' ')
      .replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
