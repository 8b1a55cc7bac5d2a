import { createAdaptorServer } from '@hono/node-server';
import { PlumblineError } from '@plumbline/core/errors';

export type Loopback = { url: string; port: number; close(): Promise<void> };

const HOST = '127.0.0.1';

/** Where the read API and the dashboard are found unless another port is asked for. */
export const DEFAULT_PORT = 4180;

/**
 * Serves a fetch handler on 127.0.0.1, on any free port unless one is asked for. `close` ends open connections too.
 * Throws PlumblineError `setup` where the port is taken or not allowed.
 */
export function serveOnLoopback(
  fetch: (request: Request) => Response | Promise<Response>,
  options: { port?: number } = {},
): Promise<Loopback> {
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false });
  const { promise, resolve, reject } = Promise.withResolvers<Loopback>();
  server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(cause, options.port)));
  server.listen(options.port ?? 0, HOST, () => {
    const address = server.address();
    if (address === null || typeof address === 'string') {
      reject(new PlumblineError('setup', `the server on ${HOST} has no port; this machine has no loopback network`));
      return;
    }
    resolve({
      url: `http://${HOST}:${address.port}`,
      port: address.port,
      close: () => {
        const closed = Promise.withResolvers<void>();
        server.close(() => closed.resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
        return closed.promise;
      },
    });
  });
  return promise;
}

function cannotListen(cause: NodeJS.ErrnoException, port: number | undefined): PlumblineError {
  const place = `${HOST}:${port ?? 0}`;
  if (cause.code === 'EADDRINUSE') {
    return new PlumblineError(
      'setup',
      `port ${port} on ${HOST} is in use; stop what listens there or choose another one with --port`,
      { cause },
    );
  }
  if (cause.code === 'EACCES') {
    return new PlumblineError('setup', `not allowed to listen on ${place}; choose a port above 1023 with --port`, {
      cause,
    });
  }
  return new PlumblineError('setup', `can't listen on ${place} (${cause.code ?? cause.message})`, { cause });
}
