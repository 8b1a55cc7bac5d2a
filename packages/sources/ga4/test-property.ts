import { generateKeyPairSync } from 'node:crypto';
import type { Pulled, PullRange, SourceWorkspace } from '@plumbline/core/source';
import type { Asked, Reply } from '../testing.ts';
import { collect, portsFor, serve } from '../testing.ts';
import type { Ga4Config } from './index.ts';
import { puller } from './pull.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const account = {
  type: 'service_account',
  client_email: 'reader@plumbline.example',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  token_uri: 'https://oauth2.googleapis.com/token',
};
export const secret = JSON.stringify(account);

export const plain: Ga4Config = { propertyId: '314159' };
export const config: Ga4Config = { ...plain, metrics: { website_conversion_rate: { keyEvent: 'sign_up' } } };
export const RUN = '/v1beta/properties/314159:runReport';
export const BATCH = '/v1beta/properties/314159:batchRunReports';

export type Request = {
  dimensions?: { name: string }[];
  metrics: { name: string }[];
  dateRanges: { startDate: string; endDate: string }[];
  offset?: string;
  returnPropertyQuota?: boolean;
};

/** The reports that a request asks for: one, or those of a batch. */
export function requestsIn({ url, body }: Asked): Request[] {
  const json = JSON.parse(body);
  return url.pathname === BATCH ? json.requests : [json];
}

/** Which report it is: `date`, `date sessionDefaultChannelGroup`, or '' for a window; one of cost has the metric's name. */
export const kindOf = ({ dimensions = [], metrics }: Request): string =>
  metrics[0]?.name === 'advertiserAdCost' ? 'advertiserAdCost' : dimensions.map(({ name }) => name).join(' ');

export const named = (...names: string[]) => names.map((name) => ({ name }));

export const row = (dimensions: string | string[], ...values: (number | string)[]) => ({
  dimensionValues: [dimensions].flat().map((value) => ({ value })),
  metricValues: values.map((value) => ({ value: String(value) })),
});

const NO_CHANNELS = { dimensionHeaders: named('date', 'sessionDefaultChannelGroup'), metadata: {} };

/** As many people as the window's last date and length say, so that each is another number. */
function windowReport({ metrics, dateRanges }: Request) {
  const { startDate = '', endDate = '' } = dateRanges[0] ?? {};
  const days = (Date.parse(endDate) - Date.parse(startDate)) / 86_400_000 + 1;
  const count = days * 100 + Number(endDate.slice(8));
  return { metricHeaders: metrics, rows: [row([], ...metrics.map((_, index) => count + index * 1000))], rowCount: 1 };
}

export type Reports = Record<string, object | ((request: Request) => object)>;

/** A property's answer with these reports, by `kindOf`; of others it knows only made-up windows and no channels. */
export function answer(asked: Asked, reports: Reports): Reply {
  const all = requestsIn(asked).map((request) => {
    const report = reports[kindOf(request)] ?? (kindOf(request) === '' ? windowReport : NO_CHANNELS);
    const told = typeof report === 'function' ? report(request) : report;
    return 'metricHeaders' in told ? told : { ...told, metricHeaders: request.metrics };
  });
  return { body: asked.url.pathname === BATCH ? { reports: all, kind: 'analyticsData#batchRunReports' } : all[0] };
}

export const property = (reports: Reports) => serve((asked) => answer(asked, reports));

export type Options = {
  config?: Ga4Config;
  timezone?: string;
  now?: string;
  range?: PullRange;
  workspace?: Partial<SourceWorkspace>;
};

export async function pullFrom(reports: Reports, range: PullRange, options: Options = {}) {
  const { baseUrl, asked } = await property(reports);
  const ports = portsFor('ga4', options.config ?? config, {
    baseUrl,
    secret,
    now: options.now ?? '2026-02-13T00:00:00Z',
    ...(options.timezone && { timezone: options.timezone }),
  });
  const workspace = { ...ports.workspace, ...options.workspace };
  const pulled = await collect(puller.pull(range, { ...ports, workspace }));
  return { pulled, asked, requests: asked.flatMap(requestsIn) };
}

export const observed = (pulled: readonly Pulled[], metric: string) =>
  pulled.flatMap((one) => (one.kind === 'observation' && one.metric === metric ? [one] : []));
