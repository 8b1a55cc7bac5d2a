import { createHash } from 'node:crypto';
import type { ApiKey } from '@plumbline/core/night';
import type { Store } from '@plumbline/store/types';
import type { Workspace } from '@plumbline/workspace/workspace';
import type { Context, MiddlewareHandler } from 'hono';
import { Problem } from './problems.ts';

/** Which workspaces the caller may read, in their order. */
export type Reader = { workspaces: readonly Workspace[] };
export type ApiEnv = { Variables: { reader: Reader } };

/** Which workspaces the caller may record in, and by which name. */
export type Recorder = { workspaces: readonly Workspace[]; by: string };
export type RecordEnv = { Variables: { recorder: Recorder } };

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
  return async (c, next) => {
    const { workspaces } = await callerOf(ports, c, 'read', options.basic ?? false);
    c.set('reader', { workspaces });
    await next();
  };
}

/** Lets in who may record: everybody on the loopback, elsewhere who holds a key with the scope `record`. */
export function recorders(ports: AccessPorts): MiddlewareHandler<RecordEnv> {
  return async (c, next) => {
    c.set('recorder', await callerOf(ports, c, 'record', false));
    await next();
  };
}

async function callerOf(ports: AccessPorts, c: Context, scope: 'read' | 'record', basic: boolean): Promise<Recorder> {
  const { workspaces } = ports;
  if (ports.access === 'loopback') return { workspaces, by: 'this machine' };
  const key = await findKey(ports, keyIn(c, basic));
  if (!key) throw unknownKey(basic);
  if (!key.scopes.includes(scope)) {
    throw new Problem(403, `this key may not ${scope}; use one with the scope "${scope}"`);
  }
  const allowed = key.workspaces;
  return {
    workspaces: allowed === '*' ? workspaces : workspaces.filter(({ id }) => allowed.includes(id)),
    by: key.name,
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
