import { BetaAnalyticsDataClient } from '@google-analytics/data';
import type { protos } from '@google-analytics/data';
import { DataError, SecretError, VendorError, excerpt, messageOf } from '@plumbline/core/errors';
import type { PullPorts } from '@plumbline/core/source';
import type { GoogleAuth } from 'google-auth-library';
import { JWTAccess } from 'google-auth-library';
import { z } from 'zod';
import type { ServiceAccount } from './account.ts';
import { parseServiceAccount } from './account.ts';
import type { Ga4Config } from './index.ts';
import type { Page, Report } from './schema.ts';
import { mergePages, reportSchema } from './schema.ts';

const SCOPE = 'https://www.googleapis.com/auth/analytics.readonly';
const PAGE_ROWS = 10_000;

export type ReportRequest = { dimensions: string[]; metrics: string[]; from: string; to: string };

/** Asks for one report, following its pages to the end. */
export type AskReport = (request: ReportRequest) => Promise<Report>;

/** The vendor's client with the requests carried by our own HTTP policy, which knows `baseUrl`, budget and retries. */
export function connect(ports: PullPorts<Ga4Config>): AskReport {
  const { config, http, log } = ports;
  const account = parseServiceAccount(ports.secret);
  if (!account) throw new SecretError('[ga4] the secret is not the JSON key of a service account');
  const bearer = bearerOf(account, ports);
  const name = `POST /v1beta/properties/${config.propertyId}:runReport`;

  // What the SDK needs of an auth client in its HTTP mode: it sends each request through this `fetch`.
  const carrier = {
    universeDomain: 'googleapis.com',
    getRequestHeaders: async () => new Headers(),
    fetch: async (address: string, init: { method: string; body: string; headers: Headers }) => {
      const authorization = await bearer();
      const json = await http
        .json(name, addressAt(ports.baseUrl, new URL(address)), {
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

  async function page(request: protos.google.analytics.data.v1beta.IRunReportRequest): Promise<Page> {
    let answer: unknown;
    try {
      // The policy below it has its own time-outs and retries; the SDK's deadline would cut through its waits.
      [answer] = await client.runReport(request, { timeout: 3_600_000 });
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (cause instanceof VendorError || cause instanceof DataError || cause instanceof SecretError) throw cause;
      ports.signal.throwIfAborted();
      throw new DataError('ga4', `${name} answered in an unknown shape: ${excerpt(messageOf(error))}`, {
        cause: error,
      });
    }
    const report = reportSchema.safeParse(answer);
    if (report.success) return report.data;
    throw new DataError('ga4', `${name} answered in an unknown shape: ${excerpt(z.prettifyError(report.error))}`);
  }

  return async ({ dimensions, metrics, from, to }) => {
    const request = {
      property: `properties/${config.propertyId}`,
      dimensions: dimensions.map((name) => ({ name })),
      metrics: metrics.map((name) => ({ name })),
      dateRanges: [{ startDate: from, endDate: to }],
      limit: PAGE_ROWS,
      returnPropertyQuota: true,
    };
    const pages = [await page(request)];
    let rows = pages[0]?.rows.length ?? 0;
    while (rows < (pages[0]?.rowCount ?? 0)) {
      const next = await page({ ...request, offset: rows });
      if (next.rows.length === 0) {
        throw new DataError('ga4', `${name} gave ${rows} rows and no more, though it counts ${pages[0]?.rowCount}`);
      }
      pages.push(next);
      rows += next.rows.length;
    }
    const report = mergePages(pages);
    log.info('ga4 report', { rows, from, to, quota: report.propertyQuota });
    return report;
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
  if (!(error instanceof VendorError) || (error.status !== 401 && error.status !== 403)) return error;
  const advice = `in GA4's Admin → Property access management, give ${email} the role Viewer on property ${propertyId}`;
  const said = error.message.replace('[ga4] ', '');
  return new VendorError('ga4', `${said} (${advice})`, { cause: error, status: error.status });
}
