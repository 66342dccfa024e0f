import type { Clock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import { TokenBuckets } from '../token-buckets.ts';

export interface SenderRate {
  readonly senderPerSecond: number;
  readonly senderBurst: number;
}

/** Messages a sender may still send (guarantee G13): one runaway agent is told to wait, the others are not slowed. */
export class SenderBudget {
  readonly #perSecond: number;
  readonly #buckets: TokenBuckets;

  constructor({ senderPerSecond, senderBurst }: SenderRate, clock: Clock) {
    this.#perSecond = senderPerSecond;
    this.#buckets = new TokenBuckets({ perSecond: senderPerSecond, burst: senderBurst }, clock);
  }

  /** Takes the tokens for `count` messages or throws `rate_limited`; never takes a part. */
  spend(sender: string, count: number): void {
    const retryAfterMs = this.#buckets.take(sender, count);
    if (retryAfterMs === 0) return;
    throw new WaggleError(
      'rate_limited',
      `sender ${sender} is over ${this.#perSecond} messages a second; retry in ${retryAfterMs} ms`,
      { details: { sender, limit: this.#perSecond, retryAfterMs } },
    );
  }
}
