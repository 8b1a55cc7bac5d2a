import { hash } from 'node:crypto';
import { lookup } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { DataError, PlumblineError, VendorError, excerpt } from '@plumbline/core/errors';
import type { PullPorts } from '@plumbline/core/source';
import { textOf } from '../body.ts';
import { networkError, retryAfterIn, secretsIn } from '../http-errors.ts';
import { hostOf, isMetadata } from './address.ts';

const MOST_BYTES = 1024 * 1024;

export type Answer = { json: unknown; sha256: string };

type Ports = Pick<PullPorts<unknown>, 'http' | 'clock' | 'secret'>;

/**
 * GETs an address under the shared policy. Node's own HTTP rather than fetch, so that what a name resolves to can be looked at before it
 * is connected to. Redirects are not followed: a header with a secret goes to no address that nobody wrote down.
 */
export function getJson(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { http, clock, secret }: Ports,
  resolve: LookupFunction = lookup,
): Promise<Answer> {
  // Without its query, which may hold a key.
  const name = `GET ${url.host}${url.pathname}`;

  async function attempt(signal: AbortSignal): Promise<Answer> {
    let response: IncomingMessage;
    let text: string;
    try {
      response = await open(url, { accept: 'application/json', ...headers }, signal, resolve);
      text = await textOf(response, { source: 'http', name, maxBytes: MOST_BYTES });
    } catch (error) {
      if (signal.aborted || error instanceof PlumblineError) throw error;
      throw networkError('http', name, url, error);
    }
    const { statusCode: status = 0 } = response;
    if (status < 200 || status > 299) throw refusal(response, status, text);
    try {
      return { json: JSON.parse(text) as unknown, sha256: hash('sha256', text, 'hex') };
    } catch {
      // The parser's own words quote the body.
      throw new DataError('http', `${name} answered with something that is not JSON (cut off?)`, { retryable: true });
    }
  }

  function refusal({ headers: sent }: IncomingMessage, status: number, text: string): VendorError {
    const plain = new VendorError('http', `${name} answered ${status}`, {
      status,
      retryAfterMs: retryAfterIn(sent, clock.now()),
    });
    if (plain.retryable) return plain;
    const leads = sent.location === undefined ? null : URL.parse(sent.location, url.href);
    const secrets = [...secretsIn({ headers }), secret].filter((one) => one !== '');
    const said = secrets.reduce((left, one) => left.replaceAll(one, '***'), text);
    const advice =
      status === 401 || status === 403
        ? 'check the secret and the headers that carry it'
        : leads && `it leads to ${leads.host}${leads.pathname}; redirects are not followed, so write that as url`;
    const reason = [advice, said && `it says: ${excerpt(said)}`].filter(Boolean).join('; ');
    return new VendorError('http', `${name} answered ${status}${reason && `: ${reason}`}`, { status });
  }

  return http.call(name, attempt);
}

const forbidden = (host: string): VendorError =>
  new VendorError('http', `${host} is an address of cloud metadata, which is never asked; check url`, {
    retryable: false,
  });

function open(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  resolve: LookupFunction,
): Promise<IncomingMessage> {
  // Of a host that is an IP address no name is looked up.
  if (isMetadata(hostOf(url))) throw forbidden(hostOf(url));
  const get = url.protocol === 'https:' ? getHttps : getHttp;
  return new Promise((answer, reject) => {
    get(url, { headers, signal, agent: false, lookup: withoutMetadata(resolve) }, answer).on('error', reject);
  });
}

/** A name that leads to cloud metadata leads nowhere. */
const withoutMetadata =
  (resolve: LookupFunction): LookupFunction =>
  (hostname, options, callback) =>
    resolve(hostname, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address);
      if (addresses.some(isMetadata)) callback(forbidden(hostname), '');
      else callback(error, found, family);
    });
