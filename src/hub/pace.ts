import type { Clock } from '../clock.ts';

/** At most ten looks a second. */
const paceMs = 100;

/**
 * The beat that readers of events share: whoever waits is let go with all others at its next stroke, so that they find
 * the same, and what one of them reads serves them all. While nobody waits, nothing ticks.
 */
export class Pace {
  readonly #clock: Clock;
  #stroke: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly wait = (): Promise<void> => {
    this.#stroke ??= new Promise((resolve) => {
      this.#clock.setTimer(paceMs, () => {
        this.#stroke = undefined;
        resolve();
      });
    });
    return this.#stroke;
  };
}
