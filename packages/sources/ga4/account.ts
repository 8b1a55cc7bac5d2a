import { z } from 'zod';

const serviceAccount = z.object({
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
  token_uri: z.url().optional(),
});

export type ServiceAccount = z.output<typeof serviceAccount>;

/** Reads a service account's JSON key; undefined where it is none. */
export function parseServiceAccount(text: string): ServiceAccount | undefined {
  try {
    return serviceAccount.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export const isServiceAccount = (text: string): boolean => parseServiceAccount(text) !== undefined;
