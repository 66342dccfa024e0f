import { defaultLimits } from '../../src/message/limits.ts';
import type { LeaseRef, Message } from '../../src/message/message.ts';
import type { AcceptRequest, Selection } from '../../src/message/message-store.ts';
import { prunableStates } from '../../src/message/retention-store.ts';
import type { Store, StoreOptions, Tx } from '../../src/store/store.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { idempotencyMs, inboxes, type Operation, type Send } from './store-operations.ts';

class TakenBack extends Error {}

/** What the caller has learned so far. */
interface Known {
  readonly ids: string[];
  readonly names: Map<string, string>;
  readonly leases: LeaseRef[];
  readonly acked: Set<string>;
  /** Generation of the newest delivery, by message. */
  readonly genOf: Map<string, number>;
  /** Messages whose first delivery must come in commit order: nothing but their turn holds them up. */
  readonly inOrder: Set<string>;
  /** Inbox sequence of the newest first delivery, by inbox and priority. */
  readonly newest: Map<string, number>;
}

/**
 * Drives one store through a walk under its own clock. Whatever it reports is free of ids and numbers that are the
 * store's own affair: messages are named by the order of their ids, generations not at all.
 */
export class StoreWalker {
  readonly store: Store;
  readonly #clock: ManualClock;
  #known: Known = {
    ids: [],
    names: new Map(),
    leases: [],
    acked: new Set(),
    genOf: new Map(),
    inOrder: new Set(),
    newest: new Map(),
  };

  private constructor(store: Store, clock: ManualClock) {
    this.store = store;
    this.#clock = clock;
  }

  static async start(open: (options: StoreOptions) => Promise<Store>): Promise<StoreWalker> {
    const clock = new ManualClock();
    const store = await open({
      clock,
      random: seededRandom(7),
      limits: { ...defaultLimits, inboxMessages: 12, inboxBytes: 200, idempotencyMs },
      backoff: { minMs: 100, maxMs: 1_000 },
    });
    for (const id of inboxes) await store.agents.add({ id, skills: [] });
    return new StoreWalker(store, clock);
  }

  /** Runs one step; answers what a caller could see of it. */
  step(operation: Operation): Promise<unknown> {
    return this.#step(this.store, operation);
  }

  /** Everything that can be read from the store, in comparable form. */
  async observe(): Promise<unknown> {
    const { messages, agents, events } = this.store;
    while ((await messages.advance()).moved > 0); // peek may look at the time or not, so it is looked at before
    const rows = await Promise.all(this.#known.ids.map((id) => messages.get(id)));
    const histories = await Promise.all(rows.map(async (row) => (row === undefined ? [] : messages.history(row.id))));
    return {
      messages: rows.map((row) => (row === undefined ? 'gone' : this.#view(row))),
      histories: histories.map((steps) => steps.map(({ type, at, data }) => ({ type, at, data: plain(data) }))),
      peeked: await Promise.all(
        inboxes.map((name) => this.#attempt(async () => this.#namesOf(await messages.peek(name, 50)))),
      ),
      dead: (await messages.dead({ limit: 50 })).map(({ message, errors }) => [this.#name(message.id), errors]),
      quarantined: this.#namesOf(await messages.quarantined({ limit: 50 })),
      stats: await messages.stats(),
      inboxes: await Promise.all(inboxes.map((name) => this.#attempt(() => messages.inboxStats(name)))),
      agents: await agents.list(),
      threads: await Promise.all(
        this.#known.ids.map(async (id) => this.#namesOf(await messages.thread(id, { limit: 50 }))),
      ),
      events: (await events.read(0, 100_000))
        // Whether an ended lease still has an event of its own is each store's affair; what is told of its end is not.
        .filter(({ type }) => type !== 'message.leased')
        .map(({ type, at, inbox, agent, data }) => JSON.stringify([type, at, inbox, agent, plain(data)]))
        .sort(),
    };
  }

  /** What must hold in every state, whatever the other store says. Throws what does not. */
  async check(): Promise<void> {
    const { messages, events } = this.store;
    const report = await messages.verify();
    if (report.problems.length > 0) throw new Error(`verify: ${JSON.stringify(report.problems)}`);
    const { accepted, ...others } = await messages.stats();
    const sum = Object.values(others).reduce((total, count) => total + count, 0);
    if (accepted !== sum) throw new Error(`conservation: ${accepted} accepted, ${sum} accounted for`);
    for (const id of this.#known.acked) {
      const message = await messages.get(id);
      // What retention deleted is gone for good; it is counted as pruned.
      if (message !== undefined && message.state !== 'acked')
        throw new Error(`acked ${this.#name(id)} is ${message.state}`);
    }
    const seqs = (await events.read(0, 100_000)).map(({ seq }) => seq);
    if (seqs.some((seq, at) => at > 0 && seq <= (seqs[at - 1] ?? 0))) throw new Error('events are out of order');
  }

  async #step(tx: Tx, operation: Operation): Promise<unknown> {
    switch (operation.kind) {
      case 'pass':
        this.#clock.advance(operation.ms);
        // Both stores look at the time here, so that calls which need not look agree as well.
        while ((await tx.messages.advance()).moved > 0);
        return undefined;
      case 'drift':
        this.#clock.advance(operation.ms);
        return undefined;
      case 'jump':
        this.#clock.jump(operation.ms);
        return undefined;
      case 'prune':
        return this.#prune(operation);
      case 'forget':
        return this.store.retention.pruneEvents({ olderThanMs: operation.ageMs, limit: 1_000 });
      case 'together':
        return this.#together(operation.steps, operation.fails);
      default:
        return this.#attempt(() => this.#call(tx, operation));
    }
  }

  async #call(
    tx: Tx,
    operation: Exclude<Operation, { kind: 'pass' | 'drift' | 'jump' | 'prune' | 'forget' | 'together' }>,
  ): Promise<unknown> {
    const { messages, agents } = tx;
    switch (operation.kind) {
      case 'accept': {
        const receipts = await messages.accept(operation.sends.map((send) => this.#request(send)));
        for (const [at, { ids }] of receipts.entries()) for (const id of ids) this.#learn(id, operation.sends[at]);
        return receipts.map(({ ids, state, duplicate }) => ({
          ids: ids.map((id) => this.#name(id)),
          state,
          duplicate,
        }));
      }
      case 'lease':
        return (await messages.lease(operation)).map((message) => {
          this.#checkDelivery(message);
          this.#known.leases.push({ id: message.id, gen: message.gen });
          return this.#view(message);
        });
      case 'ack': {
        const ref = this.#lease(operation.pick);
        await messages.ack(ref);
        this.#known.acked.add(ref.id);
        return undefined;
      }
      case 'extend':
        return messages.extend(this.#lease(operation.pick), 2_000);
      case 'nack': {
        const { delayMs, terminal } = operation;
        return messages.nack(this.#lease(operation.pick), {
          terminal,
          reason: `because ${operation.pick}`,
          ...(delayMs === undefined ? {} : { delayMs }),
        });
      }
      case 'cancel':
        return messages.cancel(this.#id(operation.pick));
      case 'redrive':
        return messages.redrive(this.#selection(operation));
      case 'purge':
        return messages.purgeDead(this.#selection(operation));
      case 'release':
        return messages.release(this.#selection(operation), 'operator');
      case 'discard':
        return messages.purgeQuarantined(this.#selection(operation), 'operator');
      case 'remove':
        return agents.remove(operation.inbox, { cancelOpen: operation.cancelOpen });
      case 'add':
        return agents.add({ id: operation.inbox, skills: [] });
      case 'search':
        return this.#namesOf((await messages.search(operation.word, { limit: 50 })).map(({ message }) => message));
    }
  }

  async #prune({ ageMs, all, limit }: Extract<Operation, { kind: 'prune' }>): Promise<unknown> {
    const states = all ? prunableStates : (['acked', 'expired', 'cancelled'] as const);
    const before = await this.store.messages.stats();
    const { pruned, bytes, next } = await this.store.retention.prune({
      states,
      settledForMs: ageMs,
      after: 0,
      limit,
      bytes: 40,
    });
    const after = await this.store.messages.stats();
    if (after.pruned !== before.pruned + pruned)
      throw new Error(`${pruned} pruned, but ${before.pruned} became ${after.pruned}`);
    for (const state of ['ready', 'scheduled', 'leased'] as const) {
      if (after[state] !== before[state]) throw new Error(`retention took ${state} messages`);
    }
    await this.store.retention.giveBack(10);
    return { pruned, bytes, isDone: next === undefined };
  }

  /** Runs steps in one transaction. What a failed one taught is forgotten with it. */
  async #together(steps: readonly Operation[], fails: boolean): Promise<unknown> {
    const seen: unknown[] = [];
    const before = structuredClone(this.#known);
    try {
      await this.store.transaction(async (tx) => {
        for (const step of steps) seen.push(await this.#step(tx, step));
        if (fails) throw new TakenBack();
      });
    } catch (error) {
      if (!(error instanceof TakenBack)) throw error;
      this.#known = before;
    }
    return seen;
  }

  async #attempt(call: () => Promise<unknown>): Promise<unknown> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code !== 'internal')
        return `refused: ${String(error.code)}`;
      throw error;
    }
  }

  #checkDelivery(message: Message): void {
    if (this.#known.acked.has(message.id)) throw new Error(`acked ${this.#name(message.id)} was delivered again`);
    const before = this.#known.genOf.get(message.id) ?? 0;
    if (message.gen <= before) throw new Error(`generation of ${this.#name(message.id)} did not rise`);
    this.#known.genOf.set(message.id, message.gen);
    if (before > 0 || !this.#known.inOrder.has(message.id)) return;
    const lane = `${message.inbox} ${message.priority}`;
    if (message.inboxSeq < (this.#known.newest.get(lane) ?? 0))
      throw new Error(`${this.#name(message.id)} came too late`);
    this.#known.newest.set(lane, message.inboxSeq);
  }

  #request(send: Send): AcceptRequest {
    const { key, orderingKey, delayMs, ttlMs, ackByMs, replyTo } = send;
    return {
      inboxes: send.inboxes,
      from: send.isAmbiguous ? 'recovery' : send.from,
      body: send.body,
      bodyType: 'text',
      kind: 'note',
      priority: send.priority,
      maxAttempts: send.maxAttempts,
      ...(orderingKey === undefined ? {} : { orderingKey }),
      ...(key === undefined ? {} : { idempotencyKey: key, contentHash: send.body }),
      ...(send.isAmbiguous ? { state: 'quarantined', provenance: { reason: 'forged?' } } : {}),
      ...(delayMs === undefined || send.isAmbiguous ? {} : { delayMs }),
      ...(ttlMs === undefined ? {} : { ttlMs }),
      ...(ackByMs === undefined ? {} : { ackByAt: this.#clock.now() + ackByMs }),
      ...(replyTo === undefined ? {} : { replyTo: this.#id(replyTo) }),
    };
  }

  #learn(id: string, send: Send | undefined): void {
    if (this.#known.names.has(id)) return;
    if ((send?.delayMs ?? 0) === 0 && send?.orderingKey === undefined && !send?.isAmbiguous)
      this.#known.inOrder.add(id);
    this.#known.names.set(id, `m${this.#known.ids.length}`);
    this.#known.ids.push(id);
  }

  #selection({ pick, inbox }: { pick: number; inbox: string | undefined }): Selection {
    return inbox === undefined ? { ids: [this.#id(pick)] } : { inbox };
  }

  #id(pick: number): string {
    return this.#known.ids[pick % Math.max(1, this.#known.ids.length)] ?? 'msg_none';
  }

  /** The newest leases are the likeliest to be alive, so small picks mean those. */
  #lease(pick: number): LeaseRef {
    return (
      this.#known.leases[this.#known.leases.length - 1 - (pick % Math.max(1, this.#known.leases.length))] ?? {
        id: 'msg_none',
        gen: 0,
      }
    );
  }

  #name(id: string): string {
    return this.#known.names.get(id) ?? `unknown ${id}`;
  }

  #namesOf(messages: readonly Message[]): string[] {
    return messages.map(({ id }) => this.#name(id));
  }

  #view(message: Message): unknown {
    // A store may drop a key from a message once it stands for another one.
    const { gen, idempotencyKey: _key, ...rest } = message;
    return {
      ...rest,
      id: this.#name(message.id),
      threadId: this.#name(message.threadId),
      wasLeased: gen > 0,
      ...(message.replyTo === undefined ? {} : { replyTo: this.#name(message.replyTo) }),
    };
  }
}

/** Data of an event without what numbers the store gave. */
function plain(data: Readonly<Record<string, unknown>>): unknown {
  const { gen, id: _id, ...rest } = data;
  return { ...rest, ...(gen === undefined ? {} : { gen: typeof gen }) };
}
