import type { InputOf, OperationName, OutputOf, WireEvent } from '../hub/api.ts';
import { eventFeed } from '../hub/event-feed.ts';
import type { Hub } from '../hub/hub.ts';
import { operator } from '../hub/operation.ts';
import { presentEvent } from '../hub/present.ts';
import type { Transport } from './transport.ts';

/** Calls a hub that runs in this process: no socket, no JSON, the same operations and checks. */
export function localTransport(hub: Hub, close: () => Promise<void>): Transport {
  return {
    call<N extends OperationName>(name: N, input: InputOf<N>, signal?: AbortSignal): Promise<OutputOf<N>> {
      return hub.call(name, input, signal === undefined ? { caller: operator } : { caller: operator, signal });
    },
    async *events(after: number, signal: AbortSignal): AsyncIterable<WireEvent> {
      for await (const event of eventFeed(hub, after, signal)) yield presentEvent(event);
    },
    close,
  };
}
