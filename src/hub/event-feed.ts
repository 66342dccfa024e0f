import type { Clock } from '../clock.ts';
import type { WaggleEvent } from '../events.ts';
import type { Store } from '../store/store.ts';
import { sharedReads } from './shared-reads.ts';

const perRead = 500;

/** Holds a reader that has caught up until its next look; see `Pace`. */
export type Wait = () => Promise<void>;

interface Source {
  readonly store: Store;
  readonly clock: Clock;
}

/** The pages of `eventPages`, event by event. */
export async function* eventFeed(source: Source, after: number, signal: AbortSignal): AsyncGenerator<WaggleEvent> {
  for await (const page of eventPages(source, after, signal)) yield* page;
}

/**
 * Events after a sequence, then live, until the signal aborts, in pages that are never empty. The commit only says that
 * there is something; what is told is always read from the store, so a slow reader misses nothing and costs the queue
 * no memory. A reader whose place lies before events that retention deleted is told so by `events.pruned` first: what
 * follows is what is left, and it is complete from `firstAvailable` on. Readers with a `wait` look less often, and those
 * that look together share what is read.
 */
export async function* eventPages(
  { store, clock }: Source,
  after: number,
  signal: AbortSignal,
  wait?: Wait,
): AsyncGenerator<readonly WaggleEvent[]> {
  const reads = sharedReads(store);
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
      const events = await reads.after(last, perRead);
      // Asked after the read: what was deleted before it is known now.
      const through = await store.events.prunedThrough();
      if (through > last && through > told) {
        told = through;
        // Its sequence is the reader's own, so that resuming after it misses nothing.
        yield [
          { seq: last, type: 'events.pruned', at: clock.now(), data: { after: last, firstAvailable: through + 1 } },
        ];
      }
      // A page may be short; only an empty one is the end.
      if (events.length === 0) continue;
      yield events;
      last = events.at(-1)?.seq ?? last;
      dirty = true;
      if (events.length < perRead && wait !== undefined) await wait();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    stopListening();
  }
}
