import type { Destination, OutboxEntry } from './outbox.ts';

/**
 * What became of one try. `sent`: taken. `retry`: not taken, or nobody knows; `afterMs` when the other side said how long
 * to wait, and then for the whole destination. `refused`: will never be taken; `disable` when nothing else would be either.
 */
export type Published =
  | { readonly outcome: 'sent'; readonly detail: string; readonly holdMs?: number }
  | { readonly outcome: 'retry'; readonly detail: string; readonly afterMs?: number }
  | { readonly outcome: 'refused'; readonly detail: string; readonly disable?: boolean };

/** Carries entries to one kind of place. It never throws for what the other side did, and tells no secret in `detail`. */
export interface Publisher {
  readonly name: string;
  publish(entry: OutboxEntry, destination: Destination, signal: AbortSignal): Promise<Published>;
}
