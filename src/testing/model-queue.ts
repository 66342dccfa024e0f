import type { Random } from '../backoff.ts';
import type { HistoryRecord } from '../history/record.ts';

interface ModelMessage {
  readonly id: string;
  readonly inbox: string;
  readonly seq: number;
  readonly priority: string;
  readonly facts: Partial<HistoryRecord>;
  state: 'scheduled' | 'ready' | 'leased' | 'acked' | 'dead' | 'expired' | 'cancelled' | 'pruned';
  gen: number;
  attempt: number;
  readyAt: number;
  leaseMs: number;
  leaseUntil: number;
  readonly expiresAt: number;
}

const ranks = ['urgent', 'high', 'normal', 'low'];

/** The queue as the guarantees describe it, in memory, without any of what makes a real one hard. */
export class ModelQueue {
  readonly #random: Random;
  readonly #messages = new Map<string, ModelMessage>();
  readonly #byKey = new Map<string, string[]>();
  readonly #seqs = new Map<string, number>();
  #gens = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  send(facts: Partial<HistoryRecord>, now: number): string[] {
    const known = this.#byKey.get(facts.key ?? '');
    if (known !== undefined) return known;
    const ids = (facts.inbox === undefined ? ['ada', 'bob'] : [facts.inbox]).map((inbox) =>
      this.#accept(inbox, facts, now),
    );
    this.#byKey.set(facts.key ?? '', ids);
    return ids;
  }

  lease(inbox: string, limit: number, leaseMs: number, now: number): Partial<HistoryRecord>[] {
    this.#advance(now);
    const all = [...this.#messages.values()].filter((message) => message.inbox === inbox);
    const isHeadOfLine = (message: ModelMessage) =>
      message.facts.ordering_key === undefined ||
      !all.some(
        (other) =>
          other.facts.ordering_key === message.facts.ordering_key &&
          other.seq < message.seq &&
          (other.state === 'ready' || other.state === 'leased' || other.state === 'scheduled'),
      );
    const taken: ModelMessage[] = [];
    for (const message of all
      .filter(({ state }) => state === 'ready')
      .sort((a, b) => ranks.indexOf(a.priority) - ranks.indexOf(b.priority) || a.seq - b.seq)) {
      if (taken.length >= limit || !isHeadOfLine(message)) continue;
      Object.assign(message, { state: 'leased', leaseMs, leaseUntil: now + leaseMs });
      // Unique and rising over all messages, with holes: a generation says nothing of how often.
      this.#gens += 1 + Math.floor(this.#random() * 2);
      message.gen = this.#gens;
      message.attempt += 1;
      taken.push(message);
    }
    return taken.map((message) => this.#describe(message));
  }

  ack(id: string, gen: number, now: number): boolean {
    const message = this.#held(id, gen, now);
    if (message !== undefined) message.state = 'acked';
    return message !== undefined;
  }

  /** No delay: terminal. */
  nack(id: string, gen: number, delayMs: number | undefined, now: number): string | undefined {
    const message = this.#held(id, gen, now);
    if (message === undefined) return undefined;
    if (delayMs === undefined || message.attempt >= 5) message.state = 'dead';
    else if (message.expiresAt <= now) message.state = 'expired';
    else Object.assign(message, { state: delayMs > 0 ? 'scheduled' : 'ready', readyAt: now + delayMs });
    return message.state;
  }

  extend(id: string, gen: number, leaseMs: number, now: number): boolean {
    const message = this.#held(id, gen, now);
    if (message !== undefined) Object.assign(message, { leaseMs, leaseUntil: now + leaseMs });
    return message !== undefined;
  }

  cancel(id: string): boolean {
    const message = this.#messages.get(id);
    if (message === undefined || !['scheduled', 'ready', 'leased'].includes(message.state)) return false;
    message.state = 'cancelled';
    return true;
  }

  redrive(inbox: string, now: number): void {
    for (const message of this.#messages.values())
      if (message.inbox === inbox && message.state === 'dead')
        Object.assign(message, { state: 'ready', attempt: 0, readyAt: now });
  }

  purge(inbox: string): void {
    for (const message of this.#messages.values())
      if (message.inbox === inbox && message.state === 'dead') message.state = 'pruned';
  }

  restart(now: number, forgetsLeases: boolean): void {
    for (const message of this.#messages.values()) {
      if (message.state !== 'leased') continue;
      if (forgetsLeases && this.#random() < 0.5)
        Object.assign(message, { state: 'ready', readyAt: now, attempt: message.attempt - 1 });
      else message.leaseUntil = now + message.leaseMs;
    }
  }

  hasOpen(): boolean {
    return [...this.#messages.values()].some(({ state }) => ['scheduled', 'ready', 'leased'].includes(state));
  }

  stats(inbox: string | undefined): Record<string, number> {
    const counts: Record<string, number> = { accepted: 0 };
    for (const message of this.#messages.values()) {
      if (inbox !== undefined && message.inbox !== inbox) continue;
      counts[message.state] = (counts[message.state] ?? 0) + 1;
      counts['accepted'] = (counts['accepted'] ?? 0) + 1;
    }
    return counts;
  }

  final(id: string, now: number): Partial<HistoryRecord> {
    this.#advance(now);
    const message = this.#messages.get(id);
    if (message === undefined || message.state === 'pruned') return { state: 'missing' };
    return { ...this.#describe(message), state: message.state };
  }

  #accept(inbox: string, facts: Partial<HistoryRecord>, now: number): string {
    const seq = (this.#seqs.get(inbox) ?? 0) + 1;
    this.#seqs.set(inbox, seq);
    const id = `msg-${inbox}-${seq}`;
    const readyAt = now + (facts.delay_ms ?? 0);
    this.#messages.set(id, {
      id,
      inbox,
      seq,
      priority: facts.priority ?? 'normal',
      facts,
      state: readyAt > now ? 'scheduled' : 'ready',
      gen: 0,
      attempt: 0,
      readyAt,
      leaseMs: 0,
      leaseUntil: 0,
      expiresAt: now + (facts.ttl_ms ?? Number.POSITIVE_INFINITY),
    });
    return id;
  }

  #held(id: string, gen: number, now: number): ModelMessage | undefined {
    this.#advance(now);
    const message = this.#messages.get(id);
    return message?.state === 'leased' && message.gen === gen ? message : undefined;
  }

  #advance(now: number): void {
    for (const message of this.#messages.values()) {
      if (message.state === 'leased' && message.leaseUntil <= now)
        message.state = message.attempt >= 5 ? 'dead' : 'ready';
      if (message.state === 'scheduled' && message.readyAt <= now) message.state = 'ready';
      if ((message.state === 'ready' || message.state === 'scheduled') && message.expiresAt <= now)
        message.state = 'expired';
    }
  }

  #describe({ id, inbox, seq, gen, attempt, priority, facts }: ModelMessage): Partial<HistoryRecord> {
    const { key, hash } = facts;
    const known = { id, inbox, seq, gen, attempt, max_attempts: 5, priority, from: 'operator' };
    return { ...known, ...(key === undefined ? {} : { key }), ...(hash === undefined ? {} : { hash }) };
  }
}
