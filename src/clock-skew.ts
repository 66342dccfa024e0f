import { readFileSync } from 'node:fs';
import type { Clock } from './clock.ts';

/**
 * A clock whose wall time is off by the milliseconds a file says, read at every look: how the stress lab lets a hub's
 * wall clock jump while it runs. Monotonic time and timers are left alone, as they are when a real wall clock is set. A
 * file that is not there or says no number means no skew.
 */
export function skewedClock(clock: Clock, file: string): Clock {
  return {
    now: () => clock.now() + skewIn(file),
    monotonic: () => clock.monotonic(),
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
  };
}

function skewIn(file: string): number {
  try {
    const skew = Number(readFileSync(file, 'utf8'));
    return Number.isFinite(skew) ? skew : 0;
  } catch {
    return 0;
  }
}
