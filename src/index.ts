import { systemClock } from './clock.ts';
import { WaggleError } from './errors.ts';
import { agentTokenFile, type ConnectOptions, connectSwarm } from './sdk/connect.ts';
import { createSwarm } from './sdk/create-swarm.ts';
import type { Swarm } from './sdk/swarm.ts';

export { type ErrorCode, type ErrorDocument, errorKinds, type Retry, WaggleError } from './errors.ts';
export type {
  AgentInput,
  HubStatus,
  ImportInput,
  ImportOutput,
  SendInput,
  SendOutput,
  WireAgent,
  WireEvent,
  WireMessage,
} from './hub/api.ts';
export type { HandOffListInput, OfferInput, WireHandOff } from './hub/hand-off-api.ts';
export type { MissionInput, ProgressInput, ProgressOutput, WireMission } from './hub/mission-api.ts';
export type { ConnectOptions } from './sdk/connect.ts';
export {
  type ConsumeOptions,
  type Consumer,
  type HandlerContext,
  type MessageHandler,
  retryIn,
  terminal,
} from './sdk/consume.ts';
export type { LeaseOptions, MessageRef, ReceivedMessage, Swarm } from './sdk/swarm.ts';

export interface OpenSwarmOptions extends Omit<ConnectOptions, 'start' | 'retryForMs'> {
  /** `sqlite` (default) is durable in the swarm directory; `memory` lives and dies with this object and needs none. */
  readonly store?: 'sqlite' | 'memory';
  /** Wanted port when this process becomes the hub. */
  readonly port?: number;
}

/** Connects to the swarm of this folder (or `dir`), starting its hub in the background when none runs. */
export function connect(options: ConnectOptions = {}): Promise<Swarm> {
  return connectSwarm(options);
}

/**
 * Runs the hub inside this process, where calls need no socket; becomes a client when one runs already, and always when
 * it is to speak as an agent: who holds the hub is the operator. Closing the object closes the hub it runs.
 */
export async function openSwarm(options: OpenSwarmOptions = {}): Promise<Swarm> {
  const { store = 'sqlite', clock = systemClock, ...rest } = options;
  if (store === 'sqlite' && agentTokenFile(rest, '') !== undefined) return connectSwarm({ ...rest, clock });
  const [{ runHub, runHubInMemory }, { localTransport }] = await Promise.all([
    import('./compose.ts'),
    import('./sdk/local-transport.ts'),
  ]);
  if (store === 'memory') {
    const hub = await runHubInMemory(clock);
    return createSwarm(
      localTransport(hub, () => hub.close()),
      clock,
    );
  }
  try {
    const running = await runHub({ ...rest, clock });
    return createSwarm(
      localTransport(running.hub, () => running.close()),
      clock,
    );
  } catch (error) {
    if (error instanceof WaggleError && error.code === 'hub_already_running') return connectSwarm({ ...rest, clock });
    throw error;
  }
}
