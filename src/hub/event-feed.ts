import type { Clock } from '../clock.ts';
import type { WaggleEvent } from '../events.ts';
import type { Store } from '../store/store.ts';

const perRead = 500;

/**
 * Events after a sequence, then live, until the signal aborts. The commit only says that there is something; what is
 * told is always read from the store, so a slow reader misses nothing and costs the queue no memory. A reader whose place
 * lies before events that retention deleted is told so by `events.pruned` first: what follows is what is left, and it is
 * complete from `firstAvailable` on.
 */
export async function* eventFeed(
  { store, clock }: { store: Store; clock: Clock },
  after: number,
  signal: AbortSignal,
): AsyncGenerator<WaggleEvent> {
  let dirty = true;
  let wake = () => {};
  const stopListening = store.onCommit(() => {
    dirty = true;
    wake();
  });
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    let last = after;
    let told = 0;
    while (!signal.aborted) {
      if (!dirty) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      dirty = false;
      const events = await store.events.read(last, perRead);
      // Asked after the read: what was deleted before it is known now.
      const through = await store.events.prunedThrough();
      if (through > last && through > told) {
        told = through;
        // Its sequence is the reader's own, so that resuming after it misses nothing.
        yield { seq: last, type: 'events.pruned', at: clock.now(), data: { after: last, firstAvailable: through + 1 } };
      }
      for (const event of events) {
        yield event;
        last = event.seq;
      }
      // A page may be short; only an empty one is the end.
      if (events.length > 0) dirty = true;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    stopListening();
  }
}
