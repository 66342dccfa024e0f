/**
 * Time comes in from outside. `now()` is the wall clock, for stamps people read; `monotonic()` never jumps and is the
 * only thing a lease, a delay or a timeout may be decided by. No other file reads the time or sets a timer.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump either way. */
  now(): number;
  /** Milliseconds since an arbitrary point; never goes backwards while the process lives. */
  monotonic(): number;
  /** Runs `callback` once after `delayMs` of monotonic time; the returned function cancels it (twice is fine). */
  setTimer(delayMs: number, callback: () => void): () => void;
}

/** Longest delay `setTimeout` keeps; a longer one would fire at once. */
const maxTimeoutMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), maxTimeoutMs));
    return () => clearTimeout(timer);
  },
};

/** Waits on the clock; rejects with the signal's reason as soon as it aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * Wall time that cannot jump: anchored to the wall clock once, advanced by the monotonic clock. Deadlines are stored
 * on this timeline, so a step of the wall clock neither expires a live lease nor keeps a dead one (guarantee G7).
 */
export function steadyTimeline(clock: Clock): () => number {
  const anchorWall = clock.now();
  const anchorMonotonic = clock.monotonic();
  return () => Math.floor(anchorWall + (clock.monotonic() - anchorMonotonic));
}

/** Milliseconds of the machine's own monotonic clock: processes of one machine may compare theirs, until it restarts. */
export function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
