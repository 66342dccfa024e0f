import type { InputOf, OperationName, OutputOf } from '../../../src/hub/api.ts';
import { lostSession, session } from './session.ts';

/** What the hub refuses, in its own words. */
export class Refusal extends Error {
  readonly code: string;
  readonly field: string | undefined;

  constructor(code: string, message: string, field?: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
}

/** The operations the page uses, and where each is: what the hub's own table says of them. */
const routes = {
  'hub.status': { method: 'GET', path: '/v1/status' },
  'agent.list': { method: 'GET', path: '/v1/agents' },
  'agent.show': { method: 'GET', path: '/v1/agents/:id' },
  'mission.list': { method: 'GET', path: '/v1/missions' },
  'queue.stats': { method: 'GET', path: '/v1/queue/stats' },
  'queue.inboxes': { method: 'GET', path: '/v1/queue/inboxes' },
  'queue.verify': { method: 'POST', path: '/v1/queue/verify' },
  'quarantine.list': { method: 'GET', path: '/v1/quarantine' },
  'message.list': { method: 'GET', path: '/v1/messages' },
  'message.get': { method: 'GET', path: '/v1/messages/:id' },
  'message.thread': { method: 'GET', path: '/v1/threads/:threadId' },
  'message.search': { method: 'GET', path: '/v1/search' },
  'message.send': { method: 'POST', path: '/v1/messages' },
  'message.cancel': { method: 'POST', path: '/v1/messages/:id/cancel' },
  'dead.list': { method: 'GET', path: '/v1/dead' },
  'dead.redrive': { method: 'POST', path: '/v1/dead/redrive' },
  'dead.purge': { method: 'POST', path: '/v1/dead/purge' },
  'health.report': { method: 'GET', path: '/v1/health' },
  'monitor.series': { method: 'GET', path: '/v1/monitor/series' },
  'alerts.list': { method: 'GET', path: '/v1/alerts' },
  'alerts.ack': { method: 'POST', path: '/v1/alerts/:id/ack' },
  'alerts.silence': { method: 'POST', path: '/v1/alerts/silences' },
  'stress.start': { method: 'POST', path: '/v1/stress' },
  'stress.status': { method: 'GET', path: '/v1/stress' },
  'stress.stop': { method: 'POST', path: '/v1/stress/stop' },
  'stress.report': { method: 'GET', path: '/v1/stress/report' },
} as const satisfies Partial<Record<OperationName, Route>>;

export type UsedOperation = keyof typeof routes;

/** Messages carry `body` over HTTP where the types of the stream say `bodyText`. */
export type OverHttp<T> = T extends { bodyText: string; inboxSeq: number }
  ? Omit<T, 'bodyText'> & { readonly body: unknown }
  : T extends readonly (infer E)[]
    ? readonly OverHttp<E>[]
    : T extends object
      ? { [K in keyof T]: OverHttp<T[K]> }
      : T;

/** Asks the hub. Throws a `Refusal`; who is not signed in any more is sent to the sign-in. */
export async function call<N extends UsedOperation>(
  name: N,
  input: InputOf<N>,
  signal?: AbortSignal,
): Promise<OverHttp<OutputOf<N>>> {
  const route: Route = routes[name];
  const rest = { ...(input as Record<string, unknown>) }; // every input is an object
  const path = route.path.replace(/:(\w+)/g, (_, part: string) => {
    const value = String(rest[part]);
    delete rest[part];
    return encodeURIComponent(value);
  });
  const response = await request(route.method, path, rest, signal);
  const document = parse(await response.text());
  if (response.ok) return document as OverHttp<OutputOf<N>>; // what the operation's table promises
  if (response.status === 401) lostSession();
  throw refusalOf(document, response.status);
}

interface WithSource {
  readonly source?: string;
}
// Proposals that browsers have and TypeScript does not know yet; without them a number is what a double makes of it.
const json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context?: WithSource) => unknown): unknown;
  rawJSON?(source: string): unknown;
};

/** Numbers stay as they were written: 1.0, and those that no double holds. Throws a SyntaxError. */
export function parseJson(text: string): unknown {
  return json.parse(text, (_key, value, context) => {
    const source = context?.source;
    const isChanged = typeof value === 'number' && source !== undefined && String(value) !== source;
    return isChanged && json.rawJSON !== undefined ? json.rawJSON(source) : value;
  });
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return {}; // what answered was not the hub
  }
}

function request(method: Route['method'], path: string, input: Record<string, unknown>, signal?: AbortSignal) {
  const aborting = signal === undefined ? {} : { signal };
  if (method === 'GET') {
    const given = Object.entries(input).filter(([, value]) => value !== undefined && value !== '');
    const query = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
    return fetch(query === '' ? path : `${path}?${query}`, aborting);
  }
  const csrf = session.value.state === 'in' ? session.value.csrf : '';
  return fetch(path, {
    ...aborting,
    method,
    headers: { 'content-type': 'application/json', 'x-waggle-csrf': csrf },
    body: JSON.stringify(input),
  });
}

function refusalOf(document: unknown, status: number): Refusal {
  const { code, detail, details } = document as { code?: string; detail?: string; details?: { field?: unknown } }; // RFC 9457 with our members
  const field = typeof details?.field === 'string' ? details.field : undefined;
  return new Refusal(code ?? `http_${status}`, detail ?? `the hub answered ${status}`, field);
}

/** A sentence for people from whatever went wrong. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  return 'The hub does not answer.';
}
