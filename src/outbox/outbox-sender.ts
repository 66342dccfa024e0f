import { type BackoffPolicy, nextDelay, type Random } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import type { EventType } from '../events.ts';
import { aborted, type Service } from '../service.ts';
import type { Store } from '../store/store.ts';
import type { OutboxEntry } from './outbox.ts';
import type { TryEnd } from './outbox-store.ts';
import type { Published, Publisher } from './publisher.ts';

/** Tries under way at once, over all destinations. */
const atOnce = 8;
/** After the store failed. */
const storeRetryMs = 1_000;

const news: readonly EventType[] = ['outbox.queued', 'outbox.redriven', 'outbox.destination'];

export interface OutboxSenderOptions {
  readonly store: Pick<Store, 'outbox' | 'onCommit'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly backoff: BackoffPolicy;
  readonly publishers: readonly Publisher[];
}

/**
 * Sends what rooms wrote into the outbox. It wakes for a commit that queued something and for the time of the next try,
 * never in between; what it cannot send it leaves where an operator sees it. It must never hold up the queue.
 */
export function outboxSender(options: OutboxSenderOptions): Service {
  return { name: 'outbox-sender', run: (signal) => new Sender(options, signal).run() };
}

class Sender {
  readonly #options: OutboxSenderOptions;
  readonly #signal: AbortSignal;
  readonly #underWay = new Set<Promise<void>>();
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #cancelTimer = () => {};

  constructor(options: OutboxSenderOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const { store } = this.#options;
    if (!(await this.#reclaim())) return;
    const stopListening = store.onCommit(({ told }) => {
      if (news.some((type) => told.has(type))) this.#look();
    });
    this.#look();
    await aborted(this.#signal);
    stopListening();
    this.#cancelTimer();
    await this.#looking;
    await Promise.all(this.#underWay);
  }

  /** False where there is no outbox: a store that keeps messages only. */
  async #reclaim(): Promise<boolean> {
    try {
      await this.#options.store.outbox.reclaim();
      return true;
    } catch (error) {
      if (error instanceof WaggleError && error.code === 'not_supported') return false;
      throw error;
    }
  }

  #look(): void {
    this.#lookAgain = true;
    this.#looking ??= this.#lookOn().finally(() => {
      this.#looking = undefined;
      if (this.#lookAgain && !this.#signal.aborted) this.#look();
    });
  }

  async #lookOn(): Promise<void> {
    while (this.#lookAgain && !this.#signal.aborted && this.#underWay.size < atOnce) {
      this.#lookAgain = false;
      this.#cancelTimer();
      try {
        const { entries, nextDueInMs } = await this.#options.store.outbox.claim(atOnce - this.#underWay.size);
        for (const entry of entries) this.#send(entry);
        if (nextDueInMs !== undefined) this.#lookIn(nextDueInMs);
      } catch {
        this.#lookIn(storeRetryMs);
      }
    }
    // With every hand full, the next one that is free looks.
    if (this.#underWay.size >= atOnce) this.#lookAgain = false;
  }

  #lookIn(ms: number): void {
    if (this.#signal.aborted) return;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.setTimer(ms, () => this.#look());
  }

  #send(entry: OutboxEntry): void {
    const done = this.#try(entry).finally(() => {
      this.#underWay.delete(done);
      if (!this.#signal.aborted) this.#look();
    });
    this.#underWay.add(done);
  }

  async #try(entry: OutboxEntry): Promise<void> {
    const { store, publishers } = this.#options;
    try {
      const destination = await store.outbox.destination(entry.destination);
      const publisher = publishers.find(({ name }) => name === destination?.publisher);
      const published: Published =
        destination === undefined || publisher === undefined
          ? { outcome: 'refused', detail: `nobody here carries to ${entry.destination}` }
          : await publisher.publish(entry, destination, this.#signal);
      await store.outbox.settle(entry, this.#endOf(entry, published));
    } catch (error) {
      // A defect of a publisher must not lose the entry, nor be tried in a tight circle.
      const detail = error instanceof Error ? error.message : String(error);
      await store.outbox.settle(entry, this.#endOf(entry, { outcome: 'retry', detail })).catch(() => {});
    }
  }

  #endOf(entry: OutboxEntry, published: Published): TryEnd {
    const { backoff, random } = this.#options;
    const { detail } = published;
    switch (published.outcome) {
      case 'sent':
        return { end: 'sent', detail, ...(published.holdMs === undefined ? {} : { holdMs: published.holdMs }) };
      case 'refused':
        return { end: 'dead', detail, ...(published.disable === true ? { disable: detail } : {}) };
      case 'retry': {
        if (entry.attempt >= entry.maxAttempts && !this.#signal.aborted) return { end: 'dead', detail };
        const holdMs = published.afterMs;
        // Stopped in the middle of a try: the next hub makes it, at once.
        const delayMs = this.#signal.aborted ? 0 : nextDelay(entry.attempt, backoff, random);
        return {
          end: 'retry',
          detail,
          delayMs: Math.max(delayMs, holdMs ?? 0),
          ...(holdMs === undefined ? {} : { holdMs }),
        };
      }
    }
  }
}
