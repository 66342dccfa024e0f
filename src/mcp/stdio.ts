import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { type Clock, sleep } from '../clock.ts';
import { randomHex } from '../ids.ts';
import { type ConnectOptions, connectTransport, hasAgentToken, wasGivenToken } from '../sdk/connect.ts';
import type { Transport } from '../sdk/transport.ts';
import { AgentConnection } from './agent-connection.ts';
import { createMcpServer } from './mcp-server.ts';
import type { AgentSession } from './tool.ts';

export interface ServeAgentOptions {
  readonly agent: string;
  /** As the registry names it, where nobody has registered the agent yet. */
  readonly client: string;
  readonly input: Readable;
  /** Nothing but the protocol is ever written here. */
  readonly output: Writable;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly connection: Pick<ConnectOptions, 'dir' | 'notice'>;
  readonly onError: (error: Error) => void;
}

/** How long a call is carried across a dead hub before its tool reports that none answers. */
const retryForMs = 20_000;
/** How long calls under way may take to give back what they took, once the client is gone. */
const windDownMs = 1_000;

/** Serves one agent over a pair of streams; resolves when the input has ended, or the signal aborts. */
export async function serveAgent(options: ServeAgentOptions): Promise<void> {
  const { agent, client, input, output, clock, stop, onError } = options;
  const hub = new AgentConnection({ id: agent, client }, () => connectAs(agent, options));
  const session: AgentSession = {
    agent,
    call: (name, argument, signal) => hub.call(name, argument, signal),
    boundary: () => randomHex(6),
  };
  const ended = new Promise<void>((resolve) => {
    input
      .once('end', resolve)
      .once('close', resolve)
      .once('error', () => resolve());
    output.once('close', resolve).once('error', () => resolve());
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
  const server = serveStdio(() => createMcpServer(session), {
    transport: new StdioServerTransport(input, output),
    onerror: onError,
  });
  // A client starts its servers before it needs them: the hub is up by the time the first tool is called.
  hub.open().catch(() => {});
  await ended;
  await server.close();
  const enough = new AbortController();
  await Promise.race([hub.settled(), sleep(clock, windDownMs, enough.signal).catch(() => {})]);
  enough.abort(new Error('all calls have ended'));
  await hub.close();
}

/**
 * By the token this process was started with, whichever agent the settings name: it is nobody's but that agent's, and the
 * hub refuses what it says for another. Without one, by the token of the agent; else as the operator who started this.
 */
function connectAs(agent: string, { clock, connection }: ServeAgentOptions): Transport {
  const common = { ...connection, clock, retryForMs, keepHub: true };
  if (wasGivenToken()) return connectTransport(common);
  // A token that is there and cannot be read is an error: it must not make the agent the operator.
  return connectTransport(hasAgentToken(agent, connection) ? { ...common, agent } : common);
}
