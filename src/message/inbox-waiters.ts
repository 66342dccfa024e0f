import type { Clock } from '../clock.ts';

interface Waiter {
  wake(): void;
}

/**
 * Consumers waiting for mail, woken by the commit that brings it. First come, first woken; as many are woken as there
 * are messages, so a hundred waiting consumers do not race for one.
 */
export class InboxWaiters {
  readonly #waiting = new Map<string, Waiter[]>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves to true when the inbox gained messages, to false after `waitMs` or when the signal aborts. */
  wait(inbox: string, waitMs: number, signal?: AbortSignal, onWake: () => void = () => {}): Promise<boolean> {
    if (signal?.aborted === true || waitMs <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (woken: boolean) => {
        cancelTimer();
        signal?.removeEventListener('abort', onAbort);
        this.#remove(inbox, waiter);
        resolve(woken);
      };
      const waiter: Waiter = {
        wake: () => {
          onWake();
          settle(true);
        },
      };
      const onAbort = () => settle(false);
      const cancelTimer = this.#clock.setTimer(waitMs, () => settle(false));
      signal?.addEventListener('abort', onAbort, { once: true });
      const line = this.#waiting.get(inbox);
      if (line === undefined) this.#waiting.set(inbox, [waiter]);
      else line.push(waiter);
    });
  }

  wake(ready: ReadonlyMap<string, number>): void {
    for (const [inbox, count] of ready) {
      const line = this.#waiting.get(inbox);
      for (const waiter of line?.slice(0, count) ?? []) waiter.wake();
    }
  }

  /** Lets everyone go with false: the hub is draining. */
  releaseAll(): void {
    for (const line of this.#waiting.values()) for (const waiter of line.slice()) waiter.wake();
  }

  get size(): number {
    let size = 0;
    for (const line of this.#waiting.values()) size += line.length;
    return size;
  }

  #remove(inbox: string, waiter: Waiter): void {
    const line = this.#waiting.get(inbox);
    const index = line?.indexOf(waiter) ?? -1;
    if (line === undefined || index < 0) return;
    line.splice(index, 1);
    if (line.length === 0) this.#waiting.delete(inbox);
  }
}
