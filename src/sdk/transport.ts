import type { InputOf, OperationName, OutputOf, WireEvent } from '../hub/api.ts';

/** How a swarm object reaches its hub: over a connection, or in place. */
export interface Transport {
  call<N extends OperationName>(name: N, input: InputOf<N>, signal?: AbortSignal): Promise<OutputOf<N>>;
  /** Events after a sequence, then live, until the signal aborts. */
  events(after: number, signal: AbortSignal): AsyncIterable<WireEvent>;
  close(): Promise<void>;
}
