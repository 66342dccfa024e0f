import { grantOf } from '../agent/policy.ts';
import type { WaggleEvent } from '../events.ts';
import { refusal } from './authorise.ts';
import { noteRefusal, requireLive, untilOver } from './call-as-agent.ts';
import { eventFeed } from './event-feed.ts';
import type { Hub } from './hub.ts';
import type { Caller, TokenHolder } from './operation.ts';

/**
 * The feed as its reader may see it: all of it, or only what is about the reader and its inbox. `forbidden` is thrown at
 * once, before anything is answered; `unauthorized` ends the feed of an incarnation that is over.
 */
export function eventsFor(hub: Hub, reader: Caller, after: number, signal: AbortSignal): AsyncIterable<WaggleEvent> {
  if (reader.role === 'operator') return eventFeed(hub, after, signal);
  const caller = requireLive(hub, reader);
  if (grantOf(caller.role, 'events.read', 'swarm') === 'yes') return whileLive(hub, caller, after, signal);
  if (grantOf(caller.role, 'events.read', 'own') === 'yes') {
    return ofAgent(whileLive(hub, caller, after, signal), caller.agent);
  }
  const refused = refusal({ action: 'events.read', subject: undefined, relation: 'swarm', caller });
  void noteRefusal(hub, caller, 'events', refused);
  throw refused;
}

async function* whileLive(
  hub: Hub,
  caller: TokenHolder,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<WaggleEvent, void, void> {
  for await (const event of eventFeed(hub, after, untilOver(hub, caller, signal))) {
    requireLive(hub, caller);
    yield event;
  }
  if (!signal.aborted) requireLive(hub, caller);
}

async function* ofAgent(events: AsyncIterable<WaggleEvent>, agent: string): AsyncGenerator<WaggleEvent> {
  for await (const event of events) {
    // That something was deleted concerns every reader: it says where the past begins.
    if (event.inbox === agent || event.agent === agent || event.type === 'events.pruned') yield event;
  }
}
