import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { Clock } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import { z } from 'zod';
import type { Story } from '../stories/story.ts';
import { DIMENSIONS, metricFields } from './ga4-fields.ts';
import type { Property, ReportRequest } from './ga4-report.ts';
import { GoogleError, invalid, reportRequestSchema, runReport } from './ga4-report.ts';
import { visitsByDate } from './ga4-visits.ts';

export type Ga4Options = { clock: Clock; propertyId: string };

const HOUR_MS = 3_600_000;
const MOST_REPORTS = 5;

const batchSchema = z.strictObject({
  property: z.string().optional(),
  requests: z.array(reportRequestSchema).max(MOST_REPORTS),
});

/**
 * Answers as the GA4 Data API v1beta does (`runReport`, `batchRunReports`, `metadata`) about a story's sessions, in the property's
 * own zone, today's so far included. `POST /token` is the OAuth token endpoint of its service accounts.
 */
export function ga4Vendor(story: Story, { clock, propertyId }: Ga4Options): (request: Request) => Promise<Response> {
  const property: Property = {
    zone: story.sessionsZone,
    visits: visitsByDate(story.sessions, story.sessionsZone),
    keyEvents: [...new Set(story.sessions.flatMap((session) => session.keyEvents))],
  };
  const name = `properties/${propertyId}`;
  // They never expire here: a replay's clock passes their hour many times while the client's own does not.
  const tokens = new Set<string>();
  const quota = createQuota();

  const report = (request: ReportRequest): Record<string, unknown> => {
    if (request.property !== undefined && request.property !== name) throw noAccess();
    const propertyQuota = quota.spend(clock.now());
    return { ...runReport(request, property, clock.now()), ...(request.returnPropertyQuota && { propertyQuota }) };
  };

  const call = async (request: Request): Promise<unknown> => {
    const { pathname } = new URL(request.url);
    const [, called, method] =
      /^\/v1beta\/(properties\/[^/:]+)(:runReport|:batchRunReports|\/metadata)$/.exec(pathname) ?? [];
    if (called === undefined || (request.method === 'POST') !== method?.startsWith(':')) {
      throw new GoogleError(404, 'NOT_FOUND', `${request.method} ${pathname} is not a method of this API.`);
    }
    if (!tokens.has(request.headers.get('authorization')?.replace(/^Bearer /i, '') ?? '')) {
      throw new GoogleError(
        401,
        'UNAUTHENTICATED',
        'Request had invalid authentication credentials. Expected OAuth 2 access token.',
      );
    }
    if (called !== name) throw noAccess();
    if (method === '/metadata') return metadata(name, property);
    const body = await request.text();
    if (method === ':runReport') return report(read(reportRequestSchema, body));
    return { reports: read(batchSchema, body).requests.map(report), kind: 'analyticsData#batchRunReports' };
  };

  return async (request) => {
    if (request.method === 'POST' && new URL(request.url).pathname === '/token') return issueToken(request, tokens);
    try {
      return Response.json(await call(request));
    } catch (error) {
      if (!(error instanceof GoogleError)) throw error;
      const { code, status, message } = error;
      return Response.json({ error: { code, message, status } }, { status: code });
    }
  };
}

const noAccess = () =>
  new GoogleError(403, 'PERMISSION_DENIED', 'User does not have sufficient permissions for this property.');

function read<T>(schema: z.ZodType<T>, body: string): T {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw invalid('Invalid JSON payload received.');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalid(`Invalid JSON payload received. ${z.prettifyError(parsed.error)}`);
}

const metadata = (name: string, { keyEvents }: Property) => ({
  name: `${name}/metadata`,
  dimensions: [...DIMENSIONS].map(([apiName, { about }]) => ({ apiName, uiName: apiName, description: about })),
  metrics: [...metricFields(keyEvents)].map(([apiName, { about, type }]) => ({
    apiName,
    uiName: apiName,
    description: about,
    type,
  })),
});

/** A standard property's token quotas; https://developers.google.com/analytics/devguides/reporting/data/v1/quotas */
const TOKENS = { day: 200_000, hour: 40_000, projectHour: 14_000 };
/** What a report costs is Google's secret; most are said to cost fewer than 10. */
const TOKENS_A_REPORT = 5;
/** Days of the quota end at midnight in Pacific standard time. */
const QUOTA_DAY_SHIFT_MS = 8 * HOUR_MS;

function createQuota() {
  let hour = { index: 0, used: 0 };
  let day = { index: 0, used: 0 };
  const status = (used: number, limit: number) => ({ consumed: TOKENS_A_REPORT, remaining: limit - used });
  const idle = (remaining: number) => ({ consumed: 0, remaining });
  return {
    /** Takes a report's tokens and tells what is left. Throws GoogleError where too few are. */
    spend: (now: Instant) => {
      const hourIndex = Math.floor(now / HOUR_MS);
      const dayIndex = Math.floor((now - QUOTA_DAY_SHIFT_MS) / (24 * HOUR_MS));
      if (hour.index !== hourIndex) hour = { index: hourIndex, used: 0 };
      if (day.index !== dayIndex) day = { index: dayIndex, used: 0 };
      if (hour.used + TOKENS_A_REPORT > TOKENS.projectHour) {
        throw new GoogleError(
          429,
          'RESOURCE_EXHAUSTED',
          'Exhausted property tokens for a project per hour. These quota tokens will return in under an hour.',
        );
      }
      if (day.used + TOKENS_A_REPORT > TOKENS.day) {
        throw new GoogleError(429, 'RESOURCE_EXHAUSTED', 'Exhausted property tokens per day.');
      }
      hour.used += TOKENS_A_REPORT;
      day.used += TOKENS_A_REPORT;
      return {
        tokensPerDay: status(day.used, TOKENS.day),
        tokensPerHour: status(hour.used, TOKENS.hour),
        tokensPerProjectPerHour: status(hour.used, TOKENS.projectHour),
        concurrentRequests: idle(10),
        serverErrorsPerProjectPerHour: idle(10),
        potentiallyThresholdedRequestsPerHour: idle(120),
      };
    },
  };
}

const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const claimsSchema = z.looseObject({ iss: z.string(), aud: z.string(), scope: z.string() });

/** The JWT grant of RFC 7523. The signature is not checked: whoever can reach the loopback may see made-up numbers. */
async function issueToken(request: Request, tokens: Set<string>): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const refuse = (error: string, description: string) =>
    Response.json({ error, error_description: description }, { status: 400 });
  if (form.get('grant_type') !== JWT_GRANT) return refuse('unsupported_grant_type', `grant_type must be ${JWT_GRANT}`);
  const claims = readClaims(form.get('assertion') ?? '');
  if (claims === undefined) return refuse('invalid_grant', 'Invalid JWT: it must have iss, aud and scope.');
  if (!/\/auth\/analytics(\.readonly)?(\s|$)/.test(claims.scope))
    return refuse('invalid_scope', 'No scope of Analytics.');
  const token = `demo.${randomUUID()}`;
  tokens.add(token);
  return Response.json({ access_token: token, expires_in: 3599, token_type: 'Bearer' });
}

function readClaims(assertion: string): z.infer<typeof claimsSchema> | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString());
    return claimsSchema.parse(claims);
  } catch {
    return undefined;
  }
}

/** The JSON key of a service account whose tokens come from `tokenUri`, with an RSA key made now. */
export function demoServiceAccount(tokenUri: string): string {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return JSON.stringify({
    type: 'service_account',
    project_id: 'plumbline-demo',
    private_key_id: 'demo',
    private_key: privateKey,
    client_email: 'reader@plumbline-demo.iam.gserviceaccount.com',
    client_id: '0',
    token_uri: tokenUri,
  });
}
