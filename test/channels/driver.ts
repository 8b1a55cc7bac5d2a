import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Delivery } from '@plumbline/alerts/channel';

/** What a service does to all that it is sent, and what that has to be called. */
export const FAULTS = {
  accepts: 'delivered',
  refuses: 'rejected',
  'is busy': 'retryable',
  'is broken': 'retryable',
  'hangs up': 'retryable',
} as const;
export type Fault = keyof typeof FAULTS | 'is silent';

/** A plain message, one whose every outside text is hostile, one with far too much in it. */
export type Kind = 'plain' | 'hostile' | 'huge';

/** A service on the loopback, and a channel to it. */
export type Service = {
  send: (kind: Kind, signal?: AbortSignal) => Promise<Delivery>;
  /** How often it was asked for anything. */
  asked: () => number;
  /** What it accepted, as it came. */
  accepted: () => readonly string[];
  close: () => Promise<void>;
};

export type Driver = {
  name: string;
  /** What the service has been told of our secrets, and may repeat. */
  secrets: readonly string[];
  /** Who ends a wait for a service that is silent: the channel itself, the signal that it is given, or why that can't be tried. */
  patience: 'its own' | 'the signal' | { untried: string };
  /** Throws unless what was accepted of that kind is sound, with nothing in it that an outside text has brought about. */
  inspect(accepted: string, kind: Kind): void;
  /** `excuse` is what the service says when it refuses. */
  start(fault: Fault, excuse: string): Promise<Service>;
};

export const HOSTILE = '<!channel> "&\r\nBcc: all@evil.example\r\n\r\n.\r\n<script>alert(1)</script>\u0000\u202E| *_`';

type Answer = { status: number; headers?: Record<string, string>; body: string };

/** A service behind HTTP: `answers` says how it accepts and refuses; `send` sends to its address. */
export async function httpService(
  fault: Fault,
  answers: { accepts: Answer; refuses: Answer },
  channelAt: (url: string) => (kind: Kind, signal?: AbortSignal) => Promise<Delivery>,
): Promise<Service & { headers: IncomingHttpHeaders[] }> {
  const accepted: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const all: Partial<Record<Fault, Answer>> = {
    ...answers,
    'is busy': { status: 429, headers: { 'retry-after': '30' }, body: '{}' },
    'is broken': { status: 503, body: '{}' },
  };
  const server = createServer((request, response) => {
    headers.push(request.headers);
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (fault === 'hangs up') request.socket.destroy();
      const answer = all[fault];
      if (!answer) return;
      if (fault === 'accepts') accepted.push(Buffer.concat(parts).toString());
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    send: channelAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    asked: () => headers.length,
    accepted: () => accepted,
    headers,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
