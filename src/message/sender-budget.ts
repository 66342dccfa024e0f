import type { Clock } from '../clock.ts';
import { WaggleError } from '../errors.ts';

export interface SenderRate {
  readonly senderPerSecond: number;
  readonly senderBurst: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A token bucket per sender (guarantee G13): one runaway agent is told to wait, the others are not slowed. */
export class SenderBudget {
  readonly #rate: SenderRate;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: SenderRate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** Takes the tokens for `count` messages or throws `rate_limited`; never takes a part. */
  spend(sender: string, count: number): void {
    const { senderPerSecond, senderBurst } = this.#rate;
    const now = this.#clock.monotonic();
    let bucket = this.#buckets.get(sender);
    if (bucket === undefined) {
      bucket = { tokens: senderBurst, filledAt: now };
      this.#buckets.set(sender, bucket);
    }
    const refilled = bucket.tokens + ((now - bucket.filledAt) / 1_000) * senderPerSecond;
    const tokens = Math.min(senderBurst, refilled);
    bucket.tokens = tokens;
    bucket.filledAt = now;
    // A batch larger than the burst could never be sent: it passes once the bucket is full and leaves a debt.
    if (tokens < Math.min(count, senderBurst)) {
      const retryAfterMs = Math.ceil(((Math.min(count, senderBurst) - tokens) / senderPerSecond) * 1_000);
      throw new WaggleError(
        'rate_limited',
        `sender ${sender} is over ${senderPerSecond} messages a second; retry in ${retryAfterMs} ms`,
        {
          details: { sender, limit: senderPerSecond, retryAfterMs },
        },
      );
    }
    bucket.tokens = tokens - count;
  }
}
