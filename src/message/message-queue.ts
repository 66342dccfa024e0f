import { hash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import type { Store, Tx } from '../store/store.ts';
import { InboxWaiters } from './inbox-waiters.ts';
import type { MessageLimits } from './limits.ts';
import { type BodyType, type LeasedMessage, type Message, type Priority, priorities } from './message.ts';
import type { AcceptReceipt, AcceptRequest } from './message-store.ts';
import { parseRecipient, resolveRecipient } from './recipients.ts';
import { SenderBudget } from './sender-budget.ts';

/** One send as a door hands it in: validated, with its sender decided by the door. */
export interface SendRequest {
  readonly to: string;
  readonly from: string;
  readonly via?: string;
  readonly body: string;
  readonly bodyType: BodyType;
  readonly subject?: string;
  readonly kind?: string;
  readonly priority?: Priority;
  readonly idempotencyKey?: string;
  readonly threadId?: string;
  readonly replyTo?: string;
  readonly orderingKey?: string;
  readonly delayMs?: number;
  readonly ttlMs?: number;
  readonly ackByAt?: number;
  readonly maxAttempts?: number;
}

/** The message room's use cases that are more than one store call: sending to whom it concerns, and waiting for mail. */
export class MessageQueue {
  readonly #store: Store;
  readonly #limits: MessageLimits;
  readonly #clock: Clock;
  readonly #budget: SenderBudget;
  readonly #gate: (request: SendRequest) => void;
  readonly #waiters: InboxWaiters;
  /** Who only looks stands in a line of its own: it takes nothing, so it must not use up a wake-up meant for a taker. */
  readonly #watchers: InboxWaiters;
  readonly #stopListening: () => void;
  #draining = false;

  /** `gate` hears of each message before it is accepted, and throws for one that must not be. */
  constructor(store: Store, limits: MessageLimits, clock: Clock, gate: (request: SendRequest) => void = () => {}) {
    this.#gate = gate;
    this.#store = store;
    this.#limits = limits;
    this.#clock = clock;
    this.#budget = new SenderBudget(limits, clock);
    this.#waiters = new InboxWaiters(clock);
    this.#watchers = new InboxWaiters(clock);
    this.#stopListening = store.onCommit((commit) => {
      this.#waiters.wake(commit.ready);
      for (const inbox of commit.ready.keys()) this.#watchers.wake(new Map([[inbox, Number.POSITIVE_INFINITY]]));
    });
  }

  /** Accepts all or none; resolves after the commit. See `MessageStore.accept` for the errors. */
  send(requests: readonly SendRequest[]): Promise<AcceptReceipt[]> {
    try {
      for (const [sender, count] of countBy(requests, (request) => request.from)) this.#budget.spend(sender, count);
      for (const request of requests) this.#gate(request);
      // Only groups need to know who is registered at this moment; a single agent is checked by the store itself.
      const direct = requests.every((request) => parseRecipient(request.to).kind === 'agent');
      if (direct) return this.#store.messages.accept(requests.map((request) => this.#toAccept(request, [request.to])));
      return this.#store.transaction((tx) => this.#sendToGroups(tx, requests));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Leases mail, waiting for a first message when there is none. Resolves to nothing when the time is over, the signal
   * aborts or the hub drains.
   */
  async lease(request: {
    inbox: string;
    limit: number;
    leaseMs: number;
    waitMs: number;
    signal?: AbortSignal;
  }): Promise<LeasedMessage[]> {
    const { inbox, limit, leaseMs, waitMs, signal } = request;
    // Most calls do not wait, and standing in line costs more than looking.
    if (waitMs <= 0) return this.#store.messages.lease({ inbox, limit, leaseMs });
    const deadline = this.#clock.monotonic() + waitMs;
    const isGone = () => signal?.aborted === true;
    for (;;) {
      // In line before looking, so that a message committed between the look and the wait still wakes us.
      const line = new AbortController();
      const leave = () => line.abort(left);
      signal?.addEventListener('abort', leave, { once: true });
      const remaining = this.#draining ? 0 : deadline - this.#clock.monotonic();
      let wasWoken = false;
      const woken = this.#waiters.wait(inbox, remaining, line.signal, () => {
        wasWoken = true;
      });
      let isLeaving = true;
      try {
        const leased = await this.#store.messages.lease({ inbox, limit, leaseMs });
        const isOver = remaining <= 0 || this.#draining || isGone();
        if (leased.length > 0 || isOver) return leased;
        await woken;
        // Time is up or something came: either way one more look decides.
        isLeaving = isGone();
        if (isLeaving) return leased;
      } finally {
        leave();
        signal?.removeEventListener('abort', leave);
        // Woken for a message that is not taken here: the next in line must hear of it.
        if (isLeaving && wasWoken) this.#waiters.wake(new Map([[inbox, 1]]));
      }
    }
  }

  /**
   * Looks at what waits without taking it: at least of that priority, behind that `inboxSeq`. Waits for a first one like
   * `lease`, among the `limit` most urgent ones.
   */
  async watch(request: {
    inbox: string;
    limit: number;
    priority?: Priority;
    after?: number;
    waitMs: number;
    signal?: AbortSignal;
  }): Promise<Message[]> {
    const { inbox, limit, priority = 'low', after = 0, waitMs, signal } = request;
    const isWanted = (message: Message) =>
      message.inboxSeq > after && priorities.indexOf(message.priority) <= priorities.indexOf(priority);
    const deadline = this.#clock.monotonic() + waitMs;
    for (;;) {
      const line = new AbortController();
      const remaining = this.#draining ? 0 : deadline - this.#clock.monotonic();
      const leave = () => line.abort(left);
      signal?.addEventListener('abort', leave, { once: true });
      const woken = this.#watchers.wait(inbox, remaining, line.signal);
      try {
        const found = (await this.#store.messages.peek(inbox, limit)).filter(isWanted);
        if (found.length > 0 || remaining <= 0 || signal?.aborted === true) return found;
        await woken;
      } finally {
        leave();
        signal?.removeEventListener('abort', leave);
      }
    }
  }

  /** Consumers that wait for mail now. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Callers that wait for mail to look at now. */
  get watching(): number {
    return this.#watchers.size;
  }

  /** Lets waiting consumers go; nothing waits from now on. */
  drain(): void {
    this.#draining = true;
    this.#waiters.releaseAll();
    this.#watchers.releaseAll();
    this.#stopListening();
  }

  async #sendToGroups(tx: Tx, requests: readonly SendRequest[]): Promise<AcceptReceipt[]> {
    const agents = await tx.agents.list();
    return tx.messages.accept(
      requests.map((request) => {
        const recipient = parseRecipient(request.to);
        const inboxes = recipient.kind === 'agent' ? [recipient.id] : resolveRecipient(recipient, request.from, agents);
        return this.#toAccept(request, inboxes);
      }),
    );
  }

  #toAccept(request: SendRequest, inboxes: readonly string[]): AcceptRequest {
    const { priority = 'normal', kind = 'text', maxAttempts = this.#limits.maxAttempts, idempotencyKey } = request;
    return idempotencyKey === undefined
      ? { ...request, inboxes, priority, kind, maxAttempts }
      : { ...request, inboxes, priority, kind, maxAttempts, contentHash: contentHash(request) };
  }
}

/** Why a line was left; made once, because without a reason every abort makes an exception with its stack. */
const left = new Error('left the line');

/** What must be equal for two sends with one key to be the same send. */
function contentHash(request: SendRequest): string {
  const { to, subject = null, body, bodyType, kind = null, priority = null, threadId = null, replyTo = null } = request;
  return hash('sha256', JSON.stringify([to, subject, bodyType, body, kind, priority, threadId, replyTo]));
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

/** Refuses calls while the hub is going down. */
export function draining(): WaggleError {
  return new WaggleError('draining', 'the hub is stopping; retry, the next one starts by itself');
}
