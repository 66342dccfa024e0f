import type { Clock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import { TokenBuckets } from '../token-buckets.ts';

export interface LoopLimits {
  /** Messages one agent may send in a minute, and in one burst. */
  readonly senderPerMinute: number;
  /** The same from one agent to another. */
  readonly pairPerMinute: number;
  /** Turns of two agents that answer one another, without a pause between them, before they must pause. */
  readonly pairTurns: number;
  /** Messages of agents in one thread, without a pause or a word of a person between them. */
  readonly threadHops: number;
  /** So long a silence is a pause; it ends what was held. */
  readonly pauseMs: number;
}

export const defaultLoopLimits: LoopLimits = {
  senderPerMinute: 60,
  pairPerMinute: 30,
  pairTurns: 40,
  threadHops: 60,
  pauseMs: 60_000,
};

export interface GuardedMessage {
  readonly from: string;
  readonly to: string;
  readonly threadId?: string;
}

/** What the guard stopped, once for each time it did. */
export interface StoppedLoop {
  readonly why: 'sender' | 'pair' | 'turns' | 'hops';
  readonly from: string;
  readonly to: string;
  readonly threadId?: string;
  readonly count: number;
}

interface Exchange {
  /** Who spoke last; in a thread of several, unused. */
  last: string;
  lastAt: number;
  count: number;
  isHeld: boolean;
}

/** Exchanges that paused long ago are dropped when there are this many. */
const mostExchanges = 5_000;

/**
 * Keeps agents that answer one another from doing so for ever. Only agents that a model drives are watched: their turns cost
 * money, and nobody sits there to notice. What is over a limit is refused before it is accepted, in words the agent can act
 * on, and only between those two or in that thread; the refusal ends by itself with a pause, or with a word of the operator.
 */
export class LoopGuard {
  readonly #limits: LoopLimits;
  readonly #clock: Clock;
  readonly #isModel: (agent: string) => boolean;
  readonly #onStop: (stopped: StoppedLoop) => void;
  readonly #senders: TokenBuckets;
  readonly #pairs: TokenBuckets;
  readonly #exchanges = new Map<string, Exchange>();

  constructor(options: {
    limits: LoopLimits;
    clock: Clock;
    /** Whether a model drives this agent. */
    isModel: (agent: string) => boolean;
    onStop: (stopped: StoppedLoop) => void;
  }) {
    const { limits, clock, isModel, onStop } = options;
    this.#limits = limits;
    this.#clock = clock;
    this.#isModel = isModel;
    this.#onStop = onStop;
    this.#senders = new TokenBuckets({ perSecond: limits.senderPerMinute / 60, burst: limits.senderPerMinute }, clock);
    this.#pairs = new TokenBuckets({ perSecond: limits.pairPerMinute / 60, burst: limits.pairPerMinute }, clock);
  }

  /** Counts one message that is about to be accepted. Throws `loop_stopped`. */
  pass(message: GuardedMessage): void {
    const { from, to, threadId } = message;
    if (!this.#isModel(from)) {
      if (from === 'operator') this.#release(to, threadId);
      return;
    }
    this.#spend(this.#senders, from, 'sender', message);
    if (!this.#isModel(to)) return;
    this.#spend(this.#pairs, `${from} ${to}`, 'pair', message);
    const { pairTurns, threadHops } = this.#limits;
    this.#count(`pair ${[from, to].sort().join(' ')}`, pairTurns, 'turns', message);
    if (threadId !== undefined) this.#count(`thread ${threadId}`, threadHops, 'hops', message);
  }

  #spend(buckets: TokenBuckets, key: string, why: 'sender' | 'pair', message: GuardedMessage): void {
    const retryAfterMs = buckets.take(key);
    if (retryAfterMs === 0) return;
    const limit = why === 'sender' ? this.#limits.senderPerMinute : this.#limits.pairPerMinute;
    const held = this.#exchange(`held ${why} ${key}`);
    this.#stop(held, { ...message, why, count: limit }, retryAfterMs, `more than ${limit} messages a minute`);
  }

  #count(key: string, limit: number, why: 'turns' | 'hops', message: GuardedMessage): void {
    const exchange = this.#exchange(key);
    const isTurn = why === 'hops' || exchange.last !== message.from;
    if (isTurn && exchange.count >= limit) {
      const what =
        why === 'turns'
          ? `${limit} turns of two agents answering one another`
          : `${limit} messages of agents in one thread`;
      this.#stop(exchange, { ...message, why, count: limit }, this.#limits.pauseMs, `${what} without a pause`);
    }
    if (isTurn) exchange.count += 1;
    exchange.last = message.from;
    exchange.lastAt = this.#clock.monotonic();
  }

  #stop(exchange: Exchange, stopped: StoppedLoop, retryAfterMs: number, what: string): never {
    const { from, to, threadId, why, count } = stopped;
    if (!exchange.isHeld) this.#onStop({ from, to, why, count, ...(threadId === undefined ? {} : { threadId }) });
    exchange.isHeld = true;
    throw new WaggleError(
      'loop_stopped',
      `message from ${from} to ${to} was not accepted: ${what}. Stop answering and go on with your work; ask the operator if you need them. Open again after ${Math.ceil(retryAfterMs / 1_000)} s without one`,
      { details: { from, to, ...(threadId === undefined ? {} : { threadId }), why, limit: count, retryAfterMs } },
    );
  }

  /** Of now: one that paused long enough has been forgotten. */
  #exchange(key: string): Exchange {
    const now = this.#clock.monotonic();
    const known = this.#exchanges.get(key);
    if (known !== undefined && now - known.lastAt < this.#limits.pauseMs) return known;
    if (this.#exchanges.size >= mostExchanges) {
      for (const [old, { lastAt }] of this.#exchanges)
        if (now - lastAt >= this.#limits.pauseMs) this.#exchanges.delete(old);
    }
    const exchange: Exchange = { last: '', lastAt: now, count: 0, isHeld: false };
    this.#exchanges.set(key, exchange);
    return exchange;
  }

  /** A person has spoken: what follows is not a loop any more. */
  #release(agent: string, threadId: string | undefined): void {
    if (this.#exchanges.size === 0) return;
    if (threadId !== undefined) this.#exchanges.delete(`thread ${threadId}`);
    for (const key of this.#exchanges.keys()) {
      const [kind, ...names] = key.split(' ');
      if (kind === 'pair' && names.includes(agent)) this.#exchanges.delete(key);
    }
  }
}
