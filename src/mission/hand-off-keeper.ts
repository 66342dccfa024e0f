import type { Clock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import { aborted, type Service } from '../service.ts';
import type { HandOffs } from './hand-offs.ts';

/** How long after a failed turn the keeper tries again. */
const retryMs = 1_000;

/** Lets offers run out on time even when nobody asks. It sleeps until the next one is due. */
export function handOffKeeper(handOffs: HandOffs, clock: Clock): Service {
  return {
    name: 'hand-off-keeper',
    async run(signal) {
      let cancel = () => {};
      const arm = (inMs: number | undefined) => {
        cancel();
        if (inMs !== undefined && !signal.aborted) cancel = clock.setTimer(inMs, turn);
      };
      const turn = () => {
        handOffs.expire().then(arm, (error: unknown) => {
          // A store that keeps messages only has nothing that could run out.
          if (!(error instanceof WaggleError && error.code === 'not_supported')) arm(retryMs);
        });
      };
      const stopListening = handOffs.onOffer(turn);
      turn();
      await aborted(signal);
      stopListening();
      cancel();
    },
  };
}
