import type { QueueStats } from '../message/message-store.ts';

/** How the file of a store looks from outside, without its engine. */
export interface FileState {
  readonly state: 'sound' | 'none' | 'missing' | 'replaced' | 'unreadable';
  /** What was found instead, for people. */
  readonly detail?: string;
}

/** Bytes; absent where there is no such thing, e.g. of a store in memory. */
export interface StoreSizes {
  readonly storeBytes?: number;
  /** The log of what is committed and not yet moved into the store. */
  readonly logBytes?: number;
  readonly diskFreeBytes?: number;
  readonly diskTotalBytes?: number;
}

/** What a look at the queue tells that its counts do not. */
export interface QueueFigures {
  readonly stats: QueueStats;
  /** The sequence these figures are of; handed in again it gives the counts since. */
  readonly seq: number;
  /** Events stored since, by type. */
  readonly eventsSince: Readonly<Record<string, number>>;
  readonly ackedSince: number;
  /** Entries of damaged files that were brought in since. */
  readonly importedSince: number;
  /** The inbox that is nearest to its limit, as a share of it; 0 when all are empty. */
  readonly fullest: { readonly inbox: string; readonly share: number } | undefined;
  /** How long the oldest lease has been held, extended or not; undefined when none is. */
  readonly oldestLeaseMs: number | undefined;
  /** How long messages lay deliverable before they were first leased, of the latest ones; unsorted. */
  readonly wakeMs: readonly number[];
}

export interface Unread {
  readonly oldestMs: number;
  /** Messages that somebody works on meanwhile. */
  readonly leased: number;
}

/** One whole look at every page. */
export interface IntegrityReport {
  readonly problems: readonly { readonly what: string; readonly detail: string }[];
  /** Steps it was done in. */
  readonly slices: number;
  /** Time spent checking, pauses left out. */
  readonly busyMs: number;
}

/** Commit times of this process: counts by upper bound (seconds, rising, the last without bound), their sum, the newest. */
export interface CommitTimes {
  readonly bounds: readonly number[];
  /** One longer than `bounds`: what was slower than all of them. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sumSeconds: number;
}

/** What watches over a store needs of it. Nothing here writes, and what looks at the file needs no engine that works. */
export interface StoreWatch {
  /** Looks at the file itself; never rejects. */
  examine(): Promise<FileState>;
  sizes(): Promise<StoreSizes>;
  /** Short: what it costs does not grow with what is stored. Counts are of what came after `since`. */
  figures(since: number): Promise<QueueFigures>;
  /** Of each of these inboxes that could deliver something: how long the oldest such message has lain, and what is leased. */
  unread(inboxes: readonly string[]): Promise<ReadonlyMap<string, Unread>>;
  commitTimes(): CommitTimes;
  /**
   * Checks every page beside the writer, in slices; after each `breathe` is told how long it took and may wait. Rejects
   * when the check itself could not be made.
   */
  check(breathe: (sliceMs: number) => Promise<void>): Promise<IntegrityReport>;
}
