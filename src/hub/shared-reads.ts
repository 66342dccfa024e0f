import type { WaggleEvent } from '../events.ts';
import type { Store } from '../store/store.ts';

/** Reads of events; readers at the same place get the very same objects, as long as nothing was committed since. */
export interface SharedReads {
  after(seq: number, limit: number): Promise<readonly WaggleEvent[]>;
}

const ofStores = new WeakMap<Store, SharedReads>();

/** One for all readers of a store, for as long as there is the store. */
export function sharedReads(store: Store): SharedReads {
  const known = ofStores.get(store);
  if (known !== undefined) return known;
  let commits = 0;
  let latest: { after: number; limit: number; commits: number; events: Promise<readonly WaggleEvent[]> } | undefined;
  store.onCommit(() => {
    commits += 1;
  });
  const reads: SharedReads = {
    after(seq, limit) {
      const fits = latest?.after === seq && latest.limit === limit && latest.commits === commits;
      if (latest === undefined || !fits) {
        const events = store.events.read(seq, limit);
        latest = { after: seq, limit, commits, events };
        // What failed once may succeed the next time.
        events.catch(() => (latest = undefined));
      }
      return latest.events;
    },
  };
  ofStores.set(store, reads);
  return reads;
}
