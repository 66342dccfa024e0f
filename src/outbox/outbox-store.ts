import type { Destination, OutboxEntry, OutboxState } from './outbox.ts';

export interface NewEntry {
  readonly destination: string;
  readonly kind: string;
  readonly payload: string;
  /** The same key to the same destination again adds nothing, for as long as the first entry is kept. */
  readonly key?: string;
  readonly maxAttempts?: number;
}

/** A try under way: what settles it must name both, so that a try that was given up cannot settle the next one. */
export type TryRef = Pick<OutboxEntry, 'id' | 'attempt'>;

/** How a try ended. `holdMs` keeps the whole destination waiting, e.g. because it said how long. */
export type TryEnd =
  | { readonly end: 'sent'; readonly detail: string; readonly holdMs?: number }
  | { readonly end: 'retry'; readonly detail: string; readonly delayMs: number; readonly holdMs?: number }
  | { readonly end: 'dead'; readonly detail: string; readonly disable?: string };

/**
 * What the outbox needs from a store. Each call is atomic, joins a transaction it is made in, and tells an event for what
 * it changed; a typed error changed nothing.
 */
export interface OutboxStore {
  /** Adds a destination or replaces it under the same name, no longer held or disabled; what waits for it stays. */
  putDestination(destination: Pick<Destination, 'name' | 'publisher' | 'settings'>): Promise<Destination>;
  /** What waits for it dies. `not_found`. */
  removeDestination(name: string): Promise<{ buried: number }>;
  /** Sorted by name. */
  destinations(): Promise<Destination[]>;
  destination(name: string): Promise<Destination | undefined>;

  /** `not_found` for an unknown destination. Never refused because of what waits already: see `mostWaiting`. */
  put(entry: NewEntry): Promise<{ id: string; duplicate: boolean }>;
  /**
   * Begins a try of up to `limit` entries that are due, at most one for each destination that is free; says when the next
   * one will be (undefined: nothing waits for time).
   */
  claim(limit: number): Promise<{ entries: OutboxEntry[]; nextDueInMs: number | undefined }>;
  /** False when this try is not under way any more; then nothing changed. */
  settle(ref: TryRef, end: TryEnd): Promise<boolean>;
  /** Tries that were under way when a hub ended are to be made again; called before the first claim. */
  reclaim(): Promise<number>;
  get(id: string): Promise<OutboxEntry | undefined>;
  /** Newest first. */
  list(page: { limit: number; after?: string; state?: OutboxState; destination?: string }): Promise<OutboxEntry[]>;
  /** Dead → waiting with attempts counted anew, and their destination no longer held or disabled. `not_found` for an id that is not dead. */
  redrive(selection: { ids?: readonly string[]; destination?: string }): Promise<number>;
}
