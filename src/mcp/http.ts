import { createMcpHandler } from '@modelcontextprotocol/server';
import { invalidInput, WaggleError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import type { Caller } from '../hub/operation.ts';
import { randomHex } from '../ids.ts';
import { createMcpServer } from './mcp-server.ts';
import type { AgentSession } from './tool.ts';

export interface McpRequest {
  readonly hub: Hub;
  /** As the bearer of this very request says. */
  readonly caller: Caller;
  readonly request: Request;
  /** `?agent=`: for whom the operator speaks. */
  readonly named: string | undefined;
  /** The parsed body; undefined where the method has none. */
  readonly body: unknown;
}

/**
 * Answers one request of streamable HTTP with a server and a transport of its own, which end with it. There is no
 * session: nothing is kept between requests, so nothing can be shared between clients, and whoever presents the id of
 * another's session gets nothing by it. What counts is the token of each request, and it goes no further than the guard.
 */
export async function serveMcpRequest({ hub, caller, request, named, body }: McpRequest): Promise<Response> {
  const session: AgentSession = {
    agent: agentOf(caller, named),
    call: (name, input, signal) => hub.call(name, input, signal === undefined ? { caller } : { caller, signal }),
    boundary: () => randomHex(6),
  };
  const handler = createMcpHandler(() => createMcpServer(session, { gone: request.signal }));
  return handler.fetch(request, body === undefined ? {} : { parsedBody: body });
}

function agentOf({ role, agent }: Caller, named: string | undefined): string {
  if (role === 'operator') {
    if (named !== undefined) return named;
    throw invalidInput('agent', named, "must say for whom: /mcp?agent=ID, or use that agent's own token");
  }
  if (agent !== undefined && (named === undefined || named === agent)) return agent;
  throw new WaggleError('forbidden', `agent: this token is ${agent ?? 'nobody'}'s and cannot speak as ${named ?? ''}`, {
    details: { field: 'agent', value: named },
  });
}
