import { InputError } from '@plumbline/core/errors';

/** The file's first bytes, and what they say about all others. */
const MARKS = [
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

/** A file's bytes as text: UTF-8, or UTF-16 with its byte order mark, as Excel's "Unicode text" has it. Throws InputError for any other. */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    throw new InputError('the file is a workbook (or another archive); save it as "CSV UTF-8" first');
  }
  const mark = MARKS.find((one) => one.bytes.every((byte, index) => bytes[index] === byte));
  try {
    const text = new TextDecoder(mark?.encoding ?? 'utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
  }
  throw new InputError('the file is not UTF-8; save it as "CSV UTF-8"');
}
