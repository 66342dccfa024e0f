import type { Clock } from './clock.ts';

export interface BucketRate {
  readonly perSecond: number;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A full bucket is as good as none: they are dropped when there are this many. */
const mostBuckets = 10_000;

/** A token bucket per key: one that runs away is told to wait, the others are not slowed. */
export class TokenBuckets {
  readonly #rate: BucketRate;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: BucketRate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /**
   * Takes `count` tokens and answers 0, or takes none and answers the milliseconds after which it may be tried again. More
   * than the burst at once pass when the bucket is full, and leave a debt: else they never could.
   */
  take(key: string, count = 1): number {
    const { perSecond, burst } = this.#rate;
    const bucket = this.#filled(key);
    const needed = Math.min(count, burst);
    if (bucket.tokens < needed) return Math.ceil(((needed - bucket.tokens) / perSecond) * 1_000);
    bucket.tokens -= count;
    return 0;
  }

  #filled(key: string): Bucket {
    const now = this.#clock.monotonic();
    const known = this.#buckets.get(key);
    if (known !== undefined) {
      this.#fill(known, now);
      return known;
    }
    if (this.#buckets.size >= mostBuckets) this.#dropFull(now);
    const bucket = { tokens: this.#rate.burst, filledAt: now };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #fill(bucket: Bucket, now: number): void {
    const { perSecond, burst } = this.#rate;
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1_000) * perSecond);
    bucket.filledAt = now;
  }

  #dropFull(now: number): void {
    for (const [key, bucket] of this.#buckets) {
      this.#fill(bucket, now);
      if (bucket.tokens >= this.#rate.burst) this.#buckets.delete(key);
    }
  }
}
