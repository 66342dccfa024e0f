import { WaggleError } from '../errors.ts';
import type { InputOf, OperationName, OutputOf } from '../hub/api.ts';
import type { Transport } from '../sdk/transport.ts';

/** Whom to serve, and in what program it runs: an agent of a client is one that a model drives. */
export interface AgentToServe {
  readonly id: string;
  readonly client: string;
}

/**
 * One agent's way to the hub. It looks for the swarm at the first call, and again at each while there is none, because it
 * may be made meanwhile; and it registers the agent where nobody has: who configured it here has named it.
 */
export class AgentConnection {
  readonly #agent: AgentToServe;
  readonly #connect: () => Transport;
  #ready: Promise<Transport> | undefined;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(agent: AgentToServe, connect: () => Transport) {
    this.#agent = agent;
    this.#connect = connect;
  }

  async call<N extends OperationName>(name: N, input: InputOf<N>, signal?: AbortSignal): Promise<OutputOf<N>> {
    const answer = this.open().then((transport) => transport.call(name, input, signal));
    this.#underWay.add(answer);
    try {
      return await answer;
    } finally {
      this.#underWay.delete(answer);
    }
  }

  /** Rejects while there is no swarm, or no hub answers; the next call tries again. */
  open(): Promise<Transport> {
    this.#ready ??= this.#open().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  /** Until nothing is under way, what calls begin while they end included. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) {
      await Promise.allSettled(this.#underWay);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async close(): Promise<void> {
    const transport = await this.#ready?.catch(() => undefined);
    await transport?.close();
  }

  async #open(): Promise<Transport> {
    const transport = this.#connect();
    try {
      await register(transport, this.#agent);
      return transport;
    } catch (error) {
      await transport.close();
      throw error;
    }
  }
}

async function register(transport: Transport, { id, client }: AgentToServe): Promise<void> {
  try {
    await transport.call('agent.heartbeat', { id, client });
  } catch (error) {
    if (!hasCode(error, 'not_found')) throw error;
    await transport.call('agent.add', { id, client }).catch((refused: unknown) => {
      // Another process of this agent was faster.
      if (!hasCode(refused, 'already_exists')) throw refused;
    });
  }
}

function hasCode(error: unknown, code: WaggleError['code']): boolean {
  return error instanceof WaggleError && error.code === code;
}
