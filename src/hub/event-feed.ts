import type { WaggleEvent } from '../events.ts';
import type { Store } from '../store/store.ts';

const perRead = 500;

/**
 * Events after a sequence, then live, until the signal aborts. The commit only says that there is something; what is
 * told is always read from the store, so a slow reader misses nothing and costs the queue no memory.
 */
export async function* eventFeed(store: Store, after: number, signal: AbortSignal): AsyncGenerator<WaggleEvent> {
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
    while (!signal.aborted) {
      if (!dirty) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      dirty = false;
      const events = await store.events.read(last, perRead);
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
