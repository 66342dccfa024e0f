import type { Clock } from '../clock.ts';
import type { Service } from '../service.ts';
import { aborted } from '../service.ts';
import type { Store } from '../store/store.ts';

/** Short enough that a batch does not hold the writer for more than a few milliseconds. */
const batch = 100;
const idleMs = 250;

/** Keeps the full-text index close behind the queue, off the accept's path, in short batches while mail flows. */
export function fullTextIndexer(store: Store, clock: Clock): Service {
  return {
    name: 'full-text-indexer',
    async run(signal) {
      let cancel: (() => void) | undefined;
      let working = false;
      const schedule = () => {
        if (cancel !== undefined || working || signal.aborted) return;
        cancel = clock.setTimer(idleMs, () => {
          cancel = undefined;
          working = true;
          void store.messages
            .indexNext(batch)
            .catch(() => 0)
            .then((done) => {
              working = false;
              if (done > 0) schedule();
            });
        });
      };
      const stopListening = store.onCommit(({ ready }) => {
        if (ready.size > 0) schedule();
      });
      schedule();
      await aborted(signal);
      stopListening();
      cancel?.();
    },
  };
}
