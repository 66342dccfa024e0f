import type { QueueStats } from '../message/message-store.ts';
import type { StoreHealth } from '../store/store.ts';
import type { Reading } from './figure.ts';
import type { SourceRecord } from './source-records.ts';
import type { CommitTimes, FileState, StoreSizes } from './store-watch.ts';

/** Counts since this hub began to look: what a counter of a metric shows. */
export interface Totals {
  readonly accepted: number;
  readonly acked: number;
  /** Attempts given back or rescued. */
  readonly retried: number;
  readonly dead: number;
  readonly redriven: number;
  readonly expired: number;
  readonly imported: number;
  readonly outboxSent: number;
  readonly outboxDead: number;
  /** Stored events by type. */
  readonly events: Readonly<Record<string, number>>;
}

export interface IntegrityState {
  readonly checks: number;
  /** Wall time; absent until the first one ended. */
  readonly lastAt?: number;
  readonly lastBusyMs?: number;
  readonly problems: readonly string[];
  readonly found: number;
}

/** Everything one look found. What could not be told is absent, never zero. */
export interface Snapshot {
  /** Wall time. */
  readonly at: number;
  readonly health: StoreHealth;
  readonly file: FileState;
  readonly stats?: QueueStats;
  readonly sizes: StoreSizes;
  readonly commits: CommitTimes;
  readonly wakeMs?: { readonly p50?: number; readonly p95?: number; readonly p99?: number };
  readonly oldestLeaseMs?: number;
  readonly totals: Totals;
  /** Per second, over the last half minute. */
  readonly rates: {
    readonly accepted: number;
    readonly acked: number;
    readonly retried: number;
    readonly dead: number;
  };
  readonly sources: readonly SourceRecord[];
  readonly integrity: IntegrityState;
  readonly readings: readonly Reading[];
  /** Why some figures could not be taken. */
  readonly troubles: readonly string[];
}
