import { BetaAnalyticsDataClient } from '@google-analytics/data';
import type { Day } from '@plumbline/core/day';
import { DataError, SecretError, VendorError, excerpt, messageOf } from '@plumbline/core/errors';
import type { PullPorts } from '@plumbline/core/source';
import type { GoogleAuth } from 'google-auth-library';
import { JWTAccess } from 'google-auth-library';
import { z } from 'zod';
import type { ServiceAccount } from './account.ts';
import { parseServiceAccount } from './account.ts';
import type { Ga4Config } from './index.ts';
import type { Page } from './schema.ts';
import { batchSchema, reportSchema } from './schema.ts';

const SCOPE = 'https://www.googleapis.com/auth/analytics.readonly';
const PAGE_ROWS = 10_000;

export type ReportRequest = { dimensions: readonly string[]; metrics: readonly string[]; from: Day; to: Day };

/** A report from one of its rows on. */
export type PageRequest = ReportRequest & { offset: number };

/** Asks for pages of up to five reports, and answers them in that order. */
export type AskPages = (requests: readonly PageRequest[]) => Promise<Page[]>;

/** The vendor's client with the requests carried by our own HTTP policy, which knows `baseUrl`, budget and retries. */
export function connect(ports: PullPorts<Ga4Config>): AskPages {
  const { config, http, log } = ports;
  const account = parseServiceAccount(ports.secret);
  if (!account) throw new SecretError('[ga4] the secret is not the JSON key of a service account');
  const bearer = bearerOf(account, ports);
  const property = `properties/${config.propertyId}`;
  let takesBatches = true;

  // What the SDK needs of an auth client in its HTTP mode: it sends each request through this `fetch`.
  const carrier = {
    universeDomain: 'googleapis.com',
    getRequestHeaders: async () => new Headers(),
    fetch: async (address: string, init: { method: string; body: string; headers: Headers }) => {
      const url = new URL(address);
      const authorization = await bearer();
      const json = await http
        .json(`POST ${url.pathname}`, addressAt(ports.baseUrl, url), {
          method: init.method,
          body: init.body,
          headers: { authorization, 'content-type': 'application/json' },
        })
        .catch((error: unknown) => {
          throw withAdvice(error, config.propertyId, account.client_email);
        });
      return Response.json(json);
    },
  };
  const client = new BetaAnalyticsDataClient({ fallback: true, auth: carrier as unknown as GoogleAuth });
  // The policy below it has its own time-outs and retries; the SDK's deadline would cut through its waits.
  const options = { timeout: 3_600_000 };

  async function answerOf<Shape>(method: string, shape: z.ZodType<Shape>, call: Promise<[unknown, ...unknown[]]>) {
    const unknownShape = (words: string, cause?: unknown): DataError =>
      new DataError('ga4', `POST /v1beta/${property}:${method} answered in an unknown shape: ${excerpt(words)}`, {
        cause,
      });
    let answer: unknown;
    try {
      [answer] = await call;
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (cause instanceof VendorError || cause instanceof DataError || cause instanceof SecretError) throw cause;
      ports.signal.throwIfAborted();
      throw unknownShape(messageOf(error), error);
    }
    const parsed = shape.safeParse(answer);
    if (!parsed.success) throw unknownShape(z.prettifyError(parsed.error));
    return parsed.data;
  }

  const bodyOf = ({ dimensions, metrics, from, to, offset }: PageRequest) => ({
    property,
    dimensions: dimensions.map((name) => ({ name })),
    metrics: metrics.map((name) => ({ name })),
    dateRanges: [{ startDate: from, endDate: to }],
    limit: PAGE_ROWS,
    ...(offset > 0 && { offset }),
    returnPropertyQuota: true,
  });

  const oneByOne: AskPages = (requests) =>
    Promise.all(
      requests.map((request) => answerOf('runReport', reportSchema, client.runReport(bodyOf(request), options))),
    );

  async function inOne(requests: readonly PageRequest[]): Promise<Page[]> {
    const call = client.batchRunReports({ property, requests: requests.map(bodyOf) }, options);
    try {
      return (await answerOf('batchRunReports', batchSchema, call)).reports;
    } catch (error) {
      // Google always knows batches; what stands at a baseUrl may know plain reports only.
      if (ports.baseUrl === undefined || !(error instanceof VendorError) || error.status !== 404) throw error;
      takesBatches = false;
      log.warn('ga4 takes no batches at this baseUrl; reports are asked for one by one');
      return oneByOne(requests);
    }
  }

  return async (requests) => {
    const pages = await (requests.length > 1 && takesBatches ? inOne(requests) : oneByOne(requests));
    for (const page of pages) refuseWithheld(page, account.client_email);
    return pages;
  };
}

/** The same path and query at another server, below the path that `baseUrl` may have. */
export function addressAt(baseUrl: string | undefined, address: URL): URL {
  if (baseUrl === undefined) return address;
  return new URL(`${baseUrl.replace(/\/$/, '')}${address.pathname}${address.search}`);
}

/**
 * Makes the `Authorization` of a request. The JSON key signs a token of its own (https://google.aip.dev/auth/4111), so nobody needs to
 * be asked for one. Behind a `baseUrl`, a `token_uri` on the same host or on loopback is asked (RFC 7523), and a key that can't sign
 * is let pass: a test server's key need not be a real one.
 */
function bearerOf(
  account: ServiceAccount,
  { baseUrl, http }: Pick<PullPorts<Ga4Config>, 'baseUrl' | 'http'>,
): () => Promise<string> {
  const signer = new JWTAccess(account.client_email, account.private_key, account.private_key_id);
  const tokenUri = account.token_uri === undefined ? undefined : new URL(account.token_uri);
  let exchanged: Promise<string> | undefined;

  async function sign(): Promise<string> {
    try {
      return signer.getRequestHeaders(undefined, undefined, SCOPE).get('authorization') ?? '';
    } catch {
      if (baseUrl !== undefined) return 'Bearer unsigned';
      throw new SecretError("[ga4] the service account's private_key can't sign; download its JSON key again");
    }
  }

  async function exchange(url: URL): Promise<string> {
    const assertion = signer.getRequestHeaders(url.href, { scope: SCOPE }).get('authorization')?.replace('Bearer ', '');
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertion ?? '' };
    const name = `POST ${url.pathname}`;
    const answer = await http.json(name, url, { method: 'POST', body: new URLSearchParams(grant) });
    const token = z.object({ access_token: z.string() }).safeParse(answer);
    if (!token.success) throw new DataError('ga4', `${name} answered without an access_token`);
    return `Bearer ${token.data.access_token}`;
  }

  if (baseUrl === undefined || tokenUri === undefined || !isNear(tokenUri, new URL(baseUrl))) return sign;
  return () => (exchanged ??= exchange(tokenUri));
}

const isNear = (tokenUri: URL, base: URL): boolean =>
  tokenUri.hostname === base.hostname || ['127.0.0.1', 'localhost', '[::1]'].includes(tokenUri.hostname);

function withAdvice(error: unknown, propertyId: string, email: string): unknown {
  if (!(error instanceof VendorError)) return error;
  const advice = {
    401: 'is that key still among the keys of the service account in Google Cloud, and does this machine know the time?',
    403: `in GA4's Admin → Property access management, give ${email} the role Viewer on property ${propertyId}`,
    429: "the property's quota is used up: tokens of the hour come back within an hour, those of the day at midnight in Google's Pacific time",
  }[error.status ?? 0];
  if (advice === undefined) return error;
  const said = error.message.replace('[ga4] ', '');
  return new VendorError('ga4', `${said} (${advice})`, { cause: error, status: error.status });
}

/** A key that may not see costs gets them as 0, with a word about it. */
function refuseWithheld({ metadata, metricHeaders }: Page, email: string): void {
  const withheld = metadata?.schemaRestrictionResponse?.activeMetricRestrictions?.map(({ metricName }) => metricName);
  const asked = metricHeaders.find((name) => withheld?.includes(name));
  if (asked === undefined) return;
  const where = `in GA4's Admin → Property access management, lift that data restriction for ${email}`;
  throw new VendorError('ga4', `the key may not see ${asked}: ${where}`, { retryable: false });
}
