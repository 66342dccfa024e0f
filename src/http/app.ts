import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { invalidInput, toWaggleError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import type { Caller, Operation } from '../hub/operation.ts';
import type { PageSessions } from '../hub/page-sessions.ts';
import { parseStrictJson } from '../json.ts';
import { wireAlert } from '../monitor/alert-text.ts';
import { renderJson } from '../render-json.ts';
import { maxBatchBytes, maxRequestBytes, readBody } from './body-reader.ts';
import { eventStreams } from './event-stream.ts';
import type { Guard } from './guard.ts';
import { inputSchema, openApiDocument } from './openapi.ts';
import type { PageFiles } from './page-files.ts';
import { sessionRoutes } from './page-sign-in.ts';
import { problemResponse } from './problem.ts';
import type { RefusedPeers } from './refused-peers.ts';
import { withBodies } from './rest-message.ts';
import { routeRefusals } from './routes.ts';

export type Env = { Bindings: HttpBindings; Variables: { caller: Caller } };

export interface AppOptions {
  readonly version: string;
  /** Streams of events open at once. */
  readonly eventStreams: number;
  readonly page: PageFiles;
  readonly pages: PageSessions;
  /** Hears of those who are turned away. */
  readonly refused: RefusedPeers;
}

/** The REST door: one route per operation, errors as problem details, events as SSE. */
export function createApp(hub: Hub, guard: Guard, options: AppOptions): Hono<Env> {
  const { version, refused, page, pages } = options;
  const admit = async <T>(request: IncomingMessage, check: () => T): Promise<T> => {
    try {
      return check();
    } catch (error) {
      await refused.note(request, toWaggleError(error));
      throw error;
    }
  };
  const app = new Hono<Env>();
  app.onError((error) => problemResponse(toWaggleError(error)));
  const refusalOf = routeRefusals(hub.operations);
  app.notFound((context) => problemResponse(refusalOf(context.req.method, context.req.path)));

  app.use(async (context, next) => {
    await admit(context.env.incoming, () => guard.checkOrigin(context.env.incoming));
    await next();
    context.header('x-content-type-options', 'nosniff');
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store');
  });
  // The page is public and holds no data; everything after it needs the token or the page's cookie.
  app.use(async (context, next) => {
    const { method, path } = context.req;
    const acceptsGzip = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
    const file = method === 'GET' || method === 'HEAD' ? await page.answer(path, acceptsGzip) : undefined;
    return file ?? next();
  });
  sessionRoutes(app, { guard, pages, admit });
  app.use(async (context, next) => {
    context.set('caller', await admit(context.env.incoming, () => guard.admit(context.env.incoming)));
    await next();
  });

  const openApi = openApiDocument(hub.operations, version);
  app.get('/openapi.json', (context) => context.json(openApi));
  app.get('/healthz', (context) => context.json({ ok: true }));
  app.get('/readyz', (context) => readyResponse(context, hub));
  app.get('/metrics', async (context) => {
    const { contentType, text } = await hub.call('monitor.metrics', {}, { caller: context.get('caller') });
    return new Response(text, { headers: { 'content-type': contentType } });
  });
  app.get('/v1/events', eventStreams(hub, options.eventStreams));
  app.all('/mcp', async (context) => {
    const { incoming } = context.env;
    const text = incoming.method === 'POST' ? await readBody(incoming, maxRequestBytes) : '';
    // Loaded by the first who speaks MCP: it costs more than all of the hub's other doors.
    const { serveMcpRequest } = await import('../mcp/http.ts');
    return serveMcpRequest({
      hub,
      caller: context.get('caller'),
      request: context.req.raw,
      named: context.req.query('agent'),
      body: text === '' ? undefined : parseStrictJson(text, { maxDepth: 72 }),
    });
  });
  // Routes with a fixed last part come before those that take it as a parameter.
  const operations = (Object.values(hub.operations) as Operation[]).toSorted(
    (a, b) => a.http.path.split(':').length - b.http.path.split(':').length,
  );
  for (const operation of operations) {
    const read = inputReader(operation);
    app.on(operation.http.method, operation.http.path, async (context) => {
      const input = await read(context);
      const call = { caller: context.get('caller'), signal: context.req.raw.signal };
      const result = await hub.call(operation.name, input, call);
      return jsonResponse(renderJson(withBodies(result)), operation.http.status ?? 200);
    });
  }
  return app;
}

function jsonResponse(text: string, status: number): Response {
  return new Response(text, { status, headers: { 'content-type': 'application/json' } });
}

/** Joins path, query and body into one input; text of the query becomes what the schema says it is. */
function inputReader(operation: Operation): (context: Context<Env>) => Promise<Record<string, unknown>> {
  const { properties } = inputSchema(operation);
  const limit =
    operation.name === 'message.sendMany' || operation.name === 'recovery.import' ? maxBatchBytes : maxRequestBytes;
  return async (context) => {
    const inPath = context.req.param();
    if (operation.http.method !== 'POST') return { ...queryInput(context.req.query(), properties), ...inPath };
    const text = await readBody(context.env.incoming, limit);
    return { ...objectOf(text), ...inPath };
  };
}

function objectOf(text: string): object {
  if (text === '') return {};
  const value = parseStrictJson(text, { maxDepth: 72, sourceKey: 'body' });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidInput('body', value, 'the request must be a JSON object');
  return value;
}

function queryInput(
  query: Record<string, string>,
  properties: Record<string, Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([name, text]) => {
      const { type } = properties[name] ?? {};
      if ((type === 'integer' || type === 'number') && text.trim() !== '' && !Number.isNaN(Number(text)))
        return [name, Number(text)];
      if (type === 'boolean' && (text === 'true' || text === 'false')) return [name, text === 'true'];
      return [name, text];
    }),
  );
}

/** Whether it serves. Asks nothing of the store, so that it answers whatever has become of that. */
function readyResponse(context: Context<Env>, hub: Hub): Response {
  const store = hub.store.health();
  const ok = store.state === 'open' && !hub.isDraining;
  const alerts = hub.monitor.alerts.open.filter(({ severity }) => severity === 'critical').map(wireAlert);
  return context.json({ ok, store, alerts }, ok ? 200 : 503);
}
