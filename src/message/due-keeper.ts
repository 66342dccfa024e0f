import type { Clock } from '../clock.ts';
import type { Service } from '../service.ts';
import { aborted } from '../service.ts';
import type { Store } from '../store/store.ts';

/** How long after a failed turn the keeper tries again. */
const retryMs = 1_000;

/**
 * Brings due things about on time even when nobody calls: delayed messages become ready, expired leases are rescued,
 * overdue acks are told. It sleeps until the store says something is due. It must never settle a message itself.
 */
export function dueKeeper(store: Store, clock: Clock): Service {
  return {
    name: 'due-keeper',
    async run(signal) {
      let cancel = () => {};
      let armedFor = Number.POSITIVE_INFINITY;
      const arm = (inMs: number | undefined) => {
        if (inMs === undefined || signal.aborted) return;
        const at = clock.monotonic() + inMs;
        if (at >= armedFor) return;
        cancel();
        armedFor = at;
        cancel = clock.setTimer(inMs, turn);
      };
      const turn = () => {
        armedFor = Number.POSITIVE_INFINITY;
        // A turn that moved nothing makes no commit, so it must say itself when to look again.
        store.messages.advance().then(
          ({ nextDueInMs }) => arm(nextDueInMs),
          () => arm(retryMs),
        );
      };
      const stopListening = store.onCommit((commit) => arm(commit.nextDueInMs));
      arm(0);
      await aborted(signal);
      stopListening();
      cancel();
    },
  };
}
