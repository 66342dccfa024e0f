import { WaggleError } from '../../errors.ts';
import { randomHex } from '../../ids.ts';
import type { RetentionStore } from '../../message/retention-store.ts';
import type { StoreWatch } from '../../monitor/store-watch.ts';
import type { Commit, Store, StoreHealth, StoreOptions, Tx } from '../store.ts';
import { Lane } from './lane.ts';
import { MemoryState } from './memory-state.ts';
import { memoryRetention } from './retention.ts';
import { memoryRooms } from './rooms.ts';
import { memoryWatch } from './watch.ts';

export interface MemoryStoreOptions extends StoreOptions {
  /** Goes into message ids; random when not given. Hex, as `randomHex` makes it. */
  readonly swarmId?: string;
}

/** Opens an empty store that lives as long as the process: for tests, simulation and swarms that need no durability. */
export function openMemoryStore(options: MemoryStoreOptions): MemoryStore {
  return new MemoryStore(options);
}

export class MemoryStore implements Store {
  readonly messages: Tx['messages'];
  readonly agents: Tx['agents'];
  readonly tokens: Tx['tokens'];
  readonly audit: Tx['audit'];
  readonly contexts: Tx['contexts'];
  readonly missions: Tx['missions'];
  readonly handOffs: Tx['handOffs'];
  readonly processes: Tx['processes'];
  readonly outbox: Tx['outbox'];
  readonly deliveries: Tx['deliveries'];
  readonly alerts: Tx['alerts'];
  readonly events: Tx['events'];
  readonly retention: RetentionStore;
  readonly watch: StoreWatch;
  readonly #state: MemoryState;
  readonly #lane = new Lane();
  readonly #commitListeners = new Set<(commit: Commit) => void>();
  readonly #healthListeners = new Set<(health: StoreHealth) => void>();
  /** Commits not told yet: a listener that makes one must not have it told before its own. */
  readonly #untold: Commit[] = [];
  #closing: Promise<void> | undefined;
  #health: StoreHealth = { state: 'open', engine: 'memory' };

  constructor(options: MemoryStoreOptions) {
    this.#state = new MemoryState(options, options.swarmId ?? randomHex(16));
    const rooms = memoryRooms(this.#state, (call) => this.#run(call));
    this.messages = rooms.messages;
    this.agents = rooms.agents;
    this.tokens = rooms.tokens;
    this.audit = rooms.audit;
    this.contexts = rooms.contexts;
    this.missions = rooms.missions;
    this.handOffs = rooms.handOffs;
    this.processes = rooms.processes;
    this.outbox = rooms.outbox;
    this.deliveries = rooms.deliveries;
    this.alerts = rooms.alerts;
    this.events = rooms.events;
    this.retention = memoryRetention(this.#state, (call) => this.#run(call));
    this.watch = memoryWatch(this.#state, (call) => this.#run(call));
  }

  transaction<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    return this.#lane.occupy(async () => {
      const { journal } = this.#state;
      const endNotes = journal.open();
      let isOver = false;
      const tx = memoryRooms(this.#state, async (call) => {
        if (isOver) throw new WaggleError('internal', 'a transaction was used after its body had ended');
        return call();
      });
      try {
        const result = await body(tx);
        endNotes();
        this.#commit();
        return result;
      } catch (error) {
        journal.undoTo(0);
        endNotes();
        this.#state.discard();
        throw error;
      } finally {
        isOver = true;
      }
    });
  }

  onCommit(listener: (commit: Commit) => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  onHealth(listener: (health: StoreHealth) => void): () => void {
    this.#healthListeners.add(listener);
    return () => this.#healthListeners.delete(listener);
  }

  health(): StoreHealth {
    return this.#health;
  }

  close(): Promise<void> {
    this.#closing ??= this.#lane.run(() => {
      this.#health = { state: 'closed', engine: 'memory' };
      for (const listener of this.#healthListeners) listener(this.#health);
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run<T>(call: () => T): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    return this.#lane.run(() => {
      try {
        return call();
      } finally {
        this.#commit(); // a refused call changed nothing, but it may have brought about what was due
      }
    });
  }

  #commit(): void {
    if (this.#commitListeners.size === 0) return this.#state.commitUnheard();
    const commit = this.#state.commit();
    if (commit === undefined) return;
    this.#untold.push(commit);
    if (this.#untold.length > 1) return; // called by a listener: the loop below tells it
    for (let next = this.#untold[0]; next !== undefined; next = this.#untold[0]) {
      for (const listener of this.#commitListeners) listener(next);
      this.#untold.shift();
    }
  }
}

function closed(): WaggleError {
  return new WaggleError('draining', 'the store is closed');
}
