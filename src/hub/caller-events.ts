import { grantOf } from '../agent/policy.ts';
import type { WaggleEvent } from '../events.ts';
import { refusal } from './authorise.ts';
import { noteRefusal, requireLive, untilOver } from './call-as-agent.ts';
import { eventPages, type Wait } from './event-feed.ts';
import type { Hub } from './hub.ts';
import type { Caller, TokenHolder } from './operation.ts';

type Pages = AsyncIterable<readonly WaggleEvent[]>;

/** The pages of `pagesFor`, event by event; throws as that does. */
export function eventsFor(hub: Hub, reader: Caller, after: number, signal: AbortSignal): AsyncIterable<WaggleEvent> {
  return oneByOne(hub, reader, pagesFor(hub, reader, after, signal));
}

async function* oneByOne(hub: Hub, reader: Caller, pages: Pages): AsyncGenerator<WaggleEvent> {
  for await (const page of pages) {
    for (const event of page) {
      // A slow reader's life may end in the middle of a page.
      if (reader.role !== 'operator') requireLive(hub, reader);
      yield event;
    }
  }
}

/**
 * The feed as its reader may see it: all of it, or only what is about the reader and its inbox. `forbidden` is thrown at
 * once, before anything is answered; `unauthorized` ends the feed of an incarnation that is over.
 */
export function pagesFor(hub: Hub, reader: Caller, after: number, signal: AbortSignal, wait?: Wait): Pages {
  if (reader.role === 'operator') return eventPages(hub, after, signal, wait);
  const caller = requireLive(hub, reader);
  if (grantOf(caller.role, 'events.read', 'swarm') === 'yes') return whileLive(hub, caller, after, signal, wait);
  if (grantOf(caller.role, 'events.read', 'own') === 'yes') {
    return ofAgent(whileLive(hub, caller, after, signal, wait), caller.agent);
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
  wait: Wait | undefined,
): AsyncGenerator<readonly WaggleEvent[], void, void> {
  for await (const page of eventPages(hub, after, untilOver(hub, caller, signal), wait)) {
    requireLive(hub, caller);
    yield page;
  }
  if (!signal.aborted) requireLive(hub, caller);
}

async function* ofAgent(pages: Pages, agent: string): AsyncGenerator<readonly WaggleEvent[]> {
  for await (const page of pages) {
    // That something was deleted concerns every reader: it says where the past begins.
    const own = page.filter(
      (event) => event.inbox === agent || event.agent === agent || event.type === 'events.pruned',
    );
    if (own.length > 0) yield own;
  }
}
