import { DataError } from '@plumbline/core/errors';

/** The text of an answer's body, without a byte order mark. Throws DataError for a longer one than `maxBytes`. */
export async function textOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { source, name, maxBytes }: { source: string; name: string; maxBytes: number },
): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new DataError(source, `${name} answered with more than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
