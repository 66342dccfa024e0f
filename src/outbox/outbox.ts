/**
 * Something that is to leave this machine, written in the transaction of the change it tells about and sent later.
 *
 *   waiting ─→ sending ─→ sent
 *      ↑          ├─────→ waiting (refused for now: backoff)
 *      │          └─────→ dead (refused for good, or out of attempts)
 *      └───────────────── dead, by an operator's redrive
 *
 * Sent at least once, under an id that stays the same: an answer that was lost means that it is sent again (guarantee G21).
 */
export interface OutboxEntry {
  readonly id: string;
  readonly destination: string;
  /** What it is, for people and receivers: `message`, `alert`, … */
  readonly kind: string;
  /** JSON text; its shape is between the room that wrote it and the destination's publisher. */
  readonly payload: string;
  readonly state: OutboxState;
  /** Tries so far; counted when one begins, so a try that ends the hub counts. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly createdAt: number;
  /** Earliest next try, while it waits. */
  readonly nextAt?: number;
  /** When it was sent or died. */
  readonly settledAt?: number;
  /** How the latest try ended, in words. */
  readonly detail?: string;
}

export const outboxStates = ['waiting', 'sending', 'sent', 'dead'] as const;
export type OutboxState = (typeof outboxStates)[number];

/** Where entries go. At most one of a destination is under way at any time. */
export interface Destination {
  readonly name: string;
  /** Which adapter carries it: `webhook`, … */
  readonly publisher: string;
  /** The adapter's own: addresses and keys. A secret: never shown, logged or sent. */
  readonly settings: Readonly<Record<string, string>>;
  readonly createdAt: number;
  /** It asked to be left alone until then. */
  readonly heldUntil?: number;
  /** Why nothing is sent to it until an operator says otherwise. */
  readonly disabled?: string;
}

/** More than these that wait for one destination, and the next one is dead at once: an outbox nobody empties has an end. */
export const mostWaiting = 2_000;
/** The newest of each destination that are kept once they are over. */
export const keptSettled = 1_000;
export const defaultOutboxAttempts = 8;
