import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the model is asked: everything it was told so far, as the client sent it. */
export interface ModelTurn {
  readonly api: 'messages' | 'responses';
  /** Counts the turns of this server, from 1. */
  readonly number: number;
  /** Names of the tools the client offers. */
  readonly tools: readonly string[];
  /** All texts of the conversation, instructions left out, in their order. */
  readonly texts: readonly string[];
  /** The answer to a call of the model's that came since it last spoke; words of hooks and people may stand behind it. */
  readonly toolResult?: string;
}

/** What the model answers: words, which end its turn, or a call of one of the client's tools. */
export type ModelReply = { readonly say: string } | { readonly call: string; readonly input: unknown };

export type ModelScript = (turn: ModelTurn) => ModelReply | Promise<ModelReply>;

export interface ModelServer extends AsyncDisposable {
  readonly url: string;
  readonly turns: readonly ModelTurn[];
  /** Requests no real model server of this kind would take: a test that ends with one of them has failed. */
  readonly refused: readonly string[];
  /** Resolves with the first turn, past or to come, of which this is true. */
  saw(what: (turn: ModelTurn) => boolean): Promise<ModelTurn>;
}

/**
 * A model that says what the test wrote: the streaming half of the Anthropic Messages API and of the OpenAI Responses
 * API, on loopback, so that real clients run without a key. Strict: a request without its key, model or stream is
 * refused and remembered.
 */
export async function startModelServer(script: ModelScript): Promise<ModelServer> {
  const turns: ModelTurn[] = [];
  const refused: string[] = [];
  const watchers = new Set<() => void>();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      refused.push(String(error));
      response.destroy();
    });
  });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await bodyOf(request);
    const path = new URL(request.url ?? '/', 'http://model').pathname;
    const api = path === '/v1/messages' ? messagesApi : path === '/v1/responses' ? responsesApi : undefined;
    // Clients ask for more than a model (token counts, model lists, telemetry): nothing of it is needed to answer.
    if (api === undefined || request.method !== 'POST')
      return json(response, 404, { error: { message: 'not served' } });
    const problem = api.problem(request, body);
    if (problem !== undefined) {
      refused.push(`${path}: ${problem}`);
      return json(response, 400, { error: { type: 'invalid_request_error', message: problem } });
    }
    // Titles, summaries and the like are asked without tools and are nobody's turn.
    if (api.tools(body).length === 0) return stream(response, api.events(body, { say: 'ok' }, 0));
    const turn: ModelTurn = { api: api.name, number: turns.length + 1, tools: api.tools(body), ...api.told(body) };
    turns.push(turn);
    for (const watcher of watchers) watcher();
    return stream(response, api.events(body, await script(turn), turn.number));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    turns,
    refused,
    saw: (what) =>
      new Promise((resolve) => {
        const look = () => {
          const found = turns.find(what);
          if (found === undefined) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Json = { readonly [key: string]: unknown };
type ServerEvent = Json & { readonly type: string };

interface Api {
  readonly name: ModelTurn['api'];
  problem(request: IncomingMessage, body: Json): string | undefined;
  tools(body: Json): string[];
  told(body: Json): Pick<ModelTurn, 'texts' | 'toolResult'>;
  events(body: Json, reply: ModelReply, number: number): ServerEvent[];
}

/** https://docs.anthropic.com/en/api/messages-streaming */
const messagesApi: Api = {
  name: 'messages',
  problem(request, body) {
    if (!request.headers['x-api-key'] && !request.headers.authorization) return 'no key';
    if (typeof body['model'] !== 'string' || typeof body['max_tokens'] !== 'number') return 'no model or max_tokens';
    if (body['stream'] !== true) return 'only streams are served';
    return listOf(body['messages']).length === 0 ? 'no messages' : undefined;
  },
  tools: (body) => listOf(body['tools']).map((tool) => String(tool['name'])),
  told(body) {
    const messages = listOf(body['messages']);
    const news = messages.slice(messages.findLastIndex(({ role }) => role === 'assistant') + 1);
    const results = news.flatMap(({ content }) => blocksOf(content)).filter(({ type }) => type === 'tool_result');
    const texts = messages.flatMap(({ content }) => textsOf(content));
    return results.length === 0
      ? { texts }
      : { texts, toolResult: results.flatMap(({ content }) => textsOf(content)).join('\n') };
  },
  events(body, reply, number) {
    const isCall = 'call' in reply;
    const block = isCall
      ? { type: 'tool_use', id: `toolu_${number}`, name: reply.call, input: {} }
      : { type: 'text', text: '' };
    const delta = isCall
      ? { type: 'input_json_delta', partial_json: JSON.stringify(reply.input) }
      : { type: 'text_delta', text: reply.say };
    const message = {
      id: `msg_${number}`,
      type: 'message',
      role: 'assistant',
      model: body['model'],
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 1 },
    };
    const stopReason = isCall ? 'tool_use' : 'end_turn';
    return [
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: block },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ];
  },
};

/** https://platform.openai.com/docs/api-reference/responses-streaming */
const responsesApi: Api = {
  name: 'responses',
  problem(request, body) {
    if (request.headers.authorization?.startsWith('Bearer ') !== true) return 'no key';
    if (typeof body['model'] !== 'string') return 'no model';
    if (body['stream'] !== true) return 'only streams are served';
    return listOf(body['input']).length === 0 ? 'no input' : undefined;
  },
  tools: (body) =>
    listOf(body['tools']).flatMap((tool) => {
      // Tools of one MCP server may come together under the server's name.
      if (tool['type'] !== 'namespace') return [String(tool['name'] ?? tool['type'])];
      return listOf(tool['tools']).map(({ name }) => `${String(tool['name'])}${String(name)}`);
    }),
  told(body) {
    const input = listOf(body['input']);
    const news = input.slice(input.findLastIndex(isOfModel) + 1);
    const results = news.filter(({ type }) => type === 'function_call_output');
    const texts = input.flatMap((item) => textsOf(item['content'] ?? item['output']));
    return results.length === 0
      ? { texts }
      : { texts, toolResult: results.flatMap(({ output }) => textsOf(output)).join('\n') };
  },
  events(body, reply, number) {
    const id = `resp_${number}`;
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    return [
      { type: 'response.created', response: { id } },
      { type: 'response.output_item.done', item: responsesItem(body, reply, number) },
      { type: 'response.completed', response: { id, usage } },
    ];
  },
};

const isOfModel = ({ type, role }: Json) => type === 'function_call' || role === 'assistant';

function responsesItem(body: Json, reply: ModelReply, number: number): Json {
  if (!('call' in reply))
    return { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: reply.say }] };
  const call = { type: 'function_call', call_id: `call_${number}`, arguments: JSON.stringify(reply.input) };
  const space = listOf(body['tools']).find(
    (tool) => tool['type'] === 'namespace' && reply.call.startsWith(String(tool['name'])),
  );
  if (space === undefined) return { ...call, name: reply.call };
  const namespace = String(space['name']);
  return { ...call, namespace, name: reply.call.slice(namespace.length) };
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((one): one is Json => typeof one === 'object' && one !== null) : [];
}

function blocksOf(content: unknown): Json[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content);
}

/** Every text in a content, those inside tool results too. */
function textsOf(content: unknown): string[] {
  return blocksOf(content).flatMap((block) => {
    if (typeof block['text'] === 'string') return [block['text']];
    return block['content'] === undefined ? [] : textsOf(block['content']);
  });
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // an IncomingMessage without an encoding gives buffers
  const text = Buffer.concat(chunks).toString('utf8');
  const value: unknown = text.startsWith('{') ? JSON.parse(text) : {};
  return value as Json; // it starts with a brace
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function stream(response: ServerResponse, events: readonly ServerEvent[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
}
