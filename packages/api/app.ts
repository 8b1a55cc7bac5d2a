import type { Completeness } from '@plumbline/core/late';
import type { Log } from '@plumbline/core/ports';
import { silentLog } from '@plumbline/core/ports';
import type { Instant } from '@plumbline/core/zone';
import { alertsPage } from '@plumbline/dashboard/alerts-page';
import { metricPage } from '@plumbline/dashboard/metric-page';
import { dashboardPage } from '@plumbline/dashboard/page';
import { reviewPage } from '@plumbline/dashboard/review-page';
import { style } from '@plumbline/dashboard/style';
import type { Store } from '@plumbline/store/types';
import type { Workspace } from '@plumbline/workspace/workspace';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { etag } from 'hono/etag';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { secureHeaders } from 'hono/secure-headers';
import type { ApiEnv } from './access.ts';
import { loopbackOnly, readers } from './access.ts';
import { actRoutes } from './act.ts';
import { alertsModel } from './alerts-model.ts';
import { toCsv } from './csv.ts';
import { digestRoutes } from './digests.ts';
import type { LinkPorts } from './mail-link.ts';
import { metricModel } from './metric-model.ts';
import { openApi } from './openapi.ts';
import { workspaceSection } from './page-model.ts';
import { dayQuery, noQuery, readQuery } from './parameters.ts';
import { answerProblem, Problem } from './problems.ts';
import type { Room } from './reads.ts';
import type { RecordPorts } from './records.ts';
import { recordRoutes } from './records.ts';
import { reviewModel } from './review.ts';
import type { Answer, Route } from './routes.ts';
import { routes } from './routes.ts';
import { workspaceList } from './schemas.ts';
import { completenessView } from './views.ts';

/** What the read API stands on. `access`: `loopback` needs no key, but answers to loopback names only; `key` wants one with each request. */
export type ApiPorts = {
  workspaces: readonly Workspace[];
  store(workspace: string): Store;
  now(workspace: string): Instant;
  demo(workspace: string): boolean;
  /** Which of its nights are complete, and which are late. */
  completeness(workspace: string): Promise<Completeness>;
  access: 'loopback' | 'key';
  /** What links in mails are signed with. */
  linkKey(): Promise<string>;
  /** Where records are taken; absent where another function takes them. */
  record?: RecordPorts['record'];
  log?: Log;
};

const workspacesRoute: Pick<Route, 'path' | 'summary' | 'query' | 'answer' | 'csv'> = {
  path: '/v1/workspaces',
  summary: 'What this reader may see',
  query: noQuery,
  answer: workspaceList,
  csv: false,
};

/** The routes as OpenAPI writes them, from the ones that are served. */
const described = [
  workspacesRoute,
  ...routes.map((route) => ({ ...route, path: `/v1/workspaces/{workspace}/${route.path}` })),
];

const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
});

/** The read API, the dashboard and the pages behind the links in mails; records too, where there is a port for them. */
export function createApi(ports: ApiPorts): Hono {
  const app = frame(ports);
  const { record } = ports;
  if (record) app.route('/', recordRoutes({ ...ports, record }));
  const links: LinkPorts = { room: (id) => roomOf(ports, ports.workspaces, id), linkKey: () => ports.linkKey() };
  app.route('/', actRoutes(links));
  app.route('/', digestRoutes(links));
  app.get('/style.css', (c) => {
    c.header('cache-control', 'public, max-age=31536000, immutable');
    return c.body(style, 200, { 'content-type': 'text/css; charset=utf-8' });
  });
  app.get('/openapi.json', etag({ weak: true }), (c) => c.json(openApi(described, ports.access)));
  app.route('/', reading(ports));
  return app;
}

/** Takes records, and does nothing else. */
export function createRecordApi(ports: RecordPorts & { log?: Log }): Hono {
  const app = frame(ports);
  app.route('/', recordRoutes(ports));
  return app;
}

/** What every answer has in common: headers, problems, and on the loopback who may ask. */
function frame(ports: Pick<ApiPorts, 'access' | 'log'>): Hono {
  const app = new Hono();
  const log = ports.log ?? silentLog;
  app.use(headers);
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        const allow = methods.join(', ');
        return answerProblem(c, new Problem(405, `use one of ${allow}`, { headers: { allow } }), log);
      },
    }),
  );
  if (ports.access === 'loopback') app.use(loopbackOnly);
  app.onError((error, c) => answerProblem(c, error, log));
  app.notFound((c) =>
    answerProblem(c, new Problem(404, `there is nothing at ${c.req.path}; /openapi.json names all routes`), log),
  );
  return app;
}

function roomOf(ports: ApiPorts, workspaces: readonly Workspace[], id: string): Room | undefined {
  const workspace = workspaces.find((one) => one.id === id);
  return workspace && { workspace, store: ports.store(id), now: ports.now(id), demo: ports.demo(id) };
}

/** What needs a reader: the page, and everything under `/v1`. */
function reading(ports: ApiPorts): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  const roomIn = (c: Context<ApiEnv>, id: string): Room => {
    const room = roomOf(ports, c.get('reader').workspaces, id);
    if (room) return room;
    throw new Problem(404, `there is no workspace "${id}" that you may see; /v1/workspaces lists them`, {
      parameter: 'workspace',
    });
  };
  const rooms = (c: Context<ApiEnv>): Room[] => c.get('reader').workspaces.map(({ id }) => roomIn(c, id));
  const complete = <T>(all: Room[], view: (room: Room, nights: Completeness) => Promise<T>): Promise<T[]> =>
    Promise.all(all.map(async (room) => view(room, await ports.completeness(room.workspace.id))));

  app.get('/', readers(ports, { basic: true }), kept, async (c) =>
    c.html(dashboardPage({ workspaces: await complete(rooms(c), workspaceSection) })),
  );
  app.get('/reviews/:workspace/:review/:day?', readers(ports, { basic: true }), kept, async (c) => {
    const { workspace, review, day } = c.req.param();
    return c.html(reviewPage(await reviewModel(roomIn(c, workspace), review, day)));
  });
  app.get('/workspaces/:workspace/metrics/:metric', readers(ports, { basic: true }), kept, async (c) => {
    const { workspace, metric } = c.req.param();
    const { day } = readQuery(dayQuery, new URL(c.req.url).searchParams);
    const model = await metricModel(roomIn(c, workspace), metric, day);
    return c.html(metricPage(model), model.explanation ? 200 : 404);
  });
  app.get('/workspaces/:workspace/alerts', readers(ports, { basic: true }), kept, async (c) => {
    const { day } = readQuery(dayQuery, new URL(c.req.url).searchParams);
    return c.html(alertsPage(await alertsModel(roomIn(c, c.req.param('workspace')), day)));
  });
  app.use('/v1/*', readers(ports), kept);
  app.get(workspacesRoute.path, async (c) => {
    readQuery(workspacesRoute.query, new URL(c.req.url).searchParams);
    return c.json({ data: await complete(rooms(c), workspaceRow) });
  });
  for (const route of routes) {
    const path = `/v1/workspaces/:workspace/${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    app.get(path, async (c) => {
      const { workspace = '', ...params } = c.req.param() as Record<string, string>;
      return send(c, route, await route.handle(roomIn(c, workspace), params, new URL(c.req.url).searchParams));
    });
  }
  return app;
}

/** Browsers and programs may keep an answer, and ask each time whether it still holds. */
const kept = async (c: Context, next: () => Promise<void>): Promise<void> => {
  c.header('cache-control', 'private, no-cache');
  c.header('vary', 'accept, authorization');
  await etag({ weak: true })(c, next);
};

async function workspaceRow({ workspace, store, demo }: Room, nights: Completeness) {
  const night = await store.nights.last(workspace.id);
  return {
    workspace: workspace.id,
    name: workspace.name,
    timezone: workspace.timezone,
    currency: workspace.currency,
    demo,
    plan: workspace.plan?.plan ?? null,
    lastNight: night?.day ?? null,
    ...completenessView(nights),
  };
}

const JSON_TYPE = 'application/json';
const CSV_TYPE = 'text/csv';

function send(c: Context, route: Route, { body, table, next }: Answer): Response {
  if (next) {
    const url = new URL(c.req.url);
    url.searchParams.set('cursor', next);
    c.header('link', `<${url.pathname}${url.search}>; rel="next"`);
  }
  const type = accepts(c, {
    header: 'Accept',
    supports: route.csv ? [JSON_TYPE, CSV_TYPE] : [JSON_TYPE],
    default: JSON_TYPE,
  });
  if (type !== CSV_TYPE || !table) return c.json(body);
  return c.body(toCsv(table), 200, { 'content-type': 'text/csv; charset=utf-8; header=present' });
}
