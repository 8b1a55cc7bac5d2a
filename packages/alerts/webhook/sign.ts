import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
/** What the specification allows: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const [LEAST_BYTES, MOST_BYTES] = [24, 64];

/** A secret's keys as they are written, one after the other. */
export const keysIn = (secret: string): string[] => secret.trim().split(/\s+/);

function keyIn(part: string): Buffer | undefined {
  const text = part.startsWith(PREFIX) ? part.slice(PREFIX.length) : '';
  const key = Buffer.from(text, 'base64');
  const isWhole = key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  return isWhole && key.length >= LEAST_BYTES && key.length <= MOST_BYTES ? key : undefined;
}

/** `whsec_` and 24 to 64 bytes in base64; while a key is replaced, the old and the new one with a space between. */
export const areKeys = (secret: string): boolean => keysIn(secret).every((part) => keyIn(part) !== undefined);

/** The headers of Standard Webhooks 1.0: who has one of the keys can tell that id, time and body are as they were sent. */
export function signed(
  { id, at, body }: { id: string; at: number; body: string },
  secret: string,
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = keysIn(secret).flatMap((part) => {
    const key = keyIn(part);
    return key ? [`v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`] : [];
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
