import type { ExportedEvent } from './export.ts';

/** Where a text lies in bytes, in UTF-8; empty where there is none. */
export type Span = { from: number; to: number };

/** An event as it lies in the export: texts stay bytes, which spares making a string of each. */
export type EventLine = {
  bytes: Buffer;
  event: Span;
  id: Span;
  insertId: Span;
  /** In seconds, by the project's time basis. */
  time: number;
  /** When Mixpanel took it in, in ms; 0 where that is not told. */
  ingested: number;
  /** At least those that were asked for. */
  properties: Readonly<Record<string, unknown>>;
};

/** The same of an event that was parsed. */
export function lineOf({ event, properties }: ExportedEvent): EventLine {
  const { time, mp_processing_time_ms: ingested = 0, distinct_id: id, $insert_id: insertId } = properties;
  const texts = [event, id, insertId].map((text) => Buffer.from(String(text ?? '')));
  let end = 0;
  const [name, person, insert] = texts.map(({ length }) => ({ from: end, to: (end += length) }));
  const none = { from: 0, to: 0 };
  return {
    bytes: Buffer.concat(texts),
    event: name ?? none,
    id: person ?? none,
    insertId: insert ?? none,
    time,
    ingested,
    properties,
  };
}

export const textAt = (bytes: Buffer, { from, to }: Span): string => bytes.toString('utf8', from, to);
