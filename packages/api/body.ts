import type { Context } from 'hono';
import { Problem } from './problems.ts';

/**
 * The body, also of a request that doesn't say how long it is: no more of it is kept than is allowed. Throws Problem 413 with `help` for one
 * of more bytes. (Hono's own limit makes the request anew, which its Node server refuses for a body in parts.)
 */
export async function bodyWithin(c: Context, most: number, help: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = Number(c.req.header('content-length') ?? 0);
  if (size <= most) {
    size = 0;
    for await (const chunk of c.req.raw.body ?? []) {
      size += chunk.length;
      if (size > most) break;
      chunks.push(chunk);
    }
  }
  if (size > most) throw new Problem(413, help);
  return Buffer.concat(chunks);
}
