import { createHash } from 'node:crypto';
import type { ApiKey } from '@plumbline/core/night';
import type { Store } from '@plumbline/store/types';
import type { Workspace } from '@plumbline/workspace/workspace';
import type { Context, MiddlewareHandler } from 'hono';
import { Problem } from './problems.ts';

/** Which workspaces the caller may read, in their order. */
export type Reader = { workspaces: readonly Workspace[] };
export type ApiEnv = { Variables: { reader: Reader } };

export type AccessPorts = {
  workspaces: readonly Workspace[];
  store(workspace: string): Store;
  access: 'loopback' | 'key';
};

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Refuses callers that reached the loopback under another name: a page elsewhere may point its own name here (DNS rebinding), and then
 * the browser would let it read.
 */
export const loopbackOnly: MiddlewareHandler = async (c, next) => {
  const host = c.req.header('host') ?? new URL(c.req.url).host;
  if (!LOOPBACK.has(URL.parse(`http://${host}`)?.hostname ?? '')) {
    throw new Problem(403, 'this server answers on 127.0.0.1 and localhost only; open it by one of these names');
  }
  await next();
};

export const digestOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** The key in `Authorization: Bearer`; for pages also as the password of Basic, which is what a browser can ask a person for. */
function keyIn(c: Context, basic: boolean): string | undefined {
  const [scheme, text, ...rest] = (c.req.header('authorization') ?? '').split(' ');
  if (text === undefined || rest.length > 0) return undefined;
  if (scheme?.toLowerCase() === 'bearer') return text;
  if (!basic || scheme?.toLowerCase() !== 'basic') return undefined;
  const pair = Buffer.from(text, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}

/** Lets a reader in: everybody on the loopback, elsewhere who holds a key with the scope `read`. */
export function readers(ports: AccessPorts, options: { basic?: boolean } = {}): MiddlewareHandler<ApiEnv> {
  const { workspaces } = ports;
  return async (c, next) => {
    if (ports.access === 'loopback') c.set('reader', { workspaces });
    else {
      const key = await findKey(ports, keyIn(c, options.basic ?? false));
      if (!key) throw unknownKey(options.basic ?? false);
      if (!key.scopes.includes('read')) throw new Problem(403, 'this key may not read; use one with the scope "read"');
      const allowed = key.workspaces;
      c.set('reader', {
        workspaces: allowed === '*' ? workspaces : workspaces.filter(({ id }) => allowed.includes(id)),
      });
    }
    await next();
  };
}

async function findKey(ports: AccessPorts, text: string | undefined): Promise<ApiKey | undefined> {
  const [first] = ports.workspaces;
  return text === undefined || !first ? undefined : ports.store(first.id).keys.find(digestOf(text));
}

/** The same whatever is wrong with a key, so that nothing can be learnt from it. */
const unknownKey = (basic: boolean): Problem =>
  new Problem(401, 'send a valid key as "Authorization: Bearer <key>"', {
    headers: { 'www-authenticate': `${basic ? 'Basic' : 'Bearer'} realm="plumbline"` },
  });
