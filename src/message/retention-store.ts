import type { MessageState } from './message.ts';

/** States whose messages nobody will receive any more: what retention may delete. Open messages never are among them. */
export const prunableStates = [
  'acked',
  'expired',
  'cancelled',
  'dead',
  'quarantined',
] as const satisfies readonly MessageState[];
export type PrunableState = (typeof prunableStates)[number];

export interface PruneRequest {
  readonly states: readonly PrunableState[];
  /** Only what reached its state at least this long ago, by a clock that cannot jump. 0: however recently. */
  readonly settledForMs: number;
  readonly inbox?: string;
  /** Goes on after this message; 0 begins with the oldest. */
  readonly after: number;
  /** Most messages looked at, and most bytes deleted but for the last message: bounds how long one call takes. */
  readonly limit: number;
  readonly bytes: number;
  /** Counts only. */
  readonly dryRun?: boolean;
}

export interface PruneOutcome {
  readonly pruned: number;
  /** Bytes of subjects and bodies. */
  readonly bytes: number;
  /** `after` of the next call; undefined when no older message is left. */
  readonly next: number | undefined;
}

/**
 * Forgetting on purpose. Each call is one short atomic batch. A pruned message goes with its history and its entry in the
 * full-text index; its inbox counts it for ever (guarantee G9), its idempotency key outlives it (guarantee G3), and each
 * inbox is told the places that were pruned. It is not worth a sync: a batch lost in a power cut is pruned again.
 */
export interface RetentionStore {
  /** Looks at messages in accept order and deletes those that were asked for. */
  prune(request: PruneRequest): Promise<PruneOutcome>;
  /** Deletes up to `limit` events that belong to no message and are at least so old; resolves to how many it deleted. */
  pruneEvents(request: { olderThanMs: number; limit: number }): Promise<number>;
  /** Bytes in use, and bytes that are free inside the store and were not given back. */
  size(): Promise<{ usedBytes: number; freeBytes: number }>;
  /** Gives up to `pages` of free space back to the operating system; resolves to the bytes it gave. */
  giveBack(pages: number): Promise<number>;
}
