import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../clock.ts';
import { WaggleError } from '../../errors.ts';
import { type LogState, prepareCheckpoint } from './database.ts';

/** Pages worth a run in the background; 4 MiB with our page size. */
const runPages = 1_000;
/** Pages the hub's own thread may move at once: about a millisecond and the sync that a commit costs too. */
const finishPages = 200;
/** So far behind, the worker is not keeping up: the writer moves pages itself, which also slows down whoever writes. */
const hurryPages = 8_000;
/** Above this the log is an alarm: something keeps it from being emptied. */
export const walAlarmBytes = 64 * 1024 * 1024;
const pageBytes = 4_096;
/** How often a log that cannot be emptied is tried again. */
const retryMs = 1_000;

export interface WalKeeperOptions {
  readonly db: DatabaseSync;
  readonly file: string;
  readonly clock: Clock;
  /** Hears a sentence when the log has grown past its bound, and undefined when that is over. */
  readonly onWarning: (warning: string | undefined) => void;
  /** A checkpoint that failed: what the file holds is in doubt (guarantee G14). */
  readonly onFailure: (error: WaggleError) => void;
}

/**
 * Keeps the write-ahead log small. SQLite's own checkpoint runs inside a commit, on the hub's thread, and says nothing
 * when a reader keeps it from doing its work; this one moves the pages in a worker, finishes the last few between two
 * commits, so that the next one begins the log anew, reads what came of it, and raises an alarm when nothing did.
 */
export class WalKeeper {
  readonly #options: WalKeeperOptions;
  readonly #look: () => LogState;
  readonly #move: () => LogState;
  #worker: Worker | undefined;
  #isRunning = false;
  #isClosed = false;
  #triedAt = Number.NEGATIVE_INFINITY;
  #triedPages = 0;
  #triedHerePages = 0;
  #warning: string | undefined;
  #cancelRetry: (() => void) | undefined;

  constructor(options: WalKeeperOptions) {
    this.#options = options;
    this.#look = prepareCheckpoint(options.db, 'NOOP');
    this.#move = prepareCheckpoint(options.db, 'PASSIVE');
  }

  /** After a commit, outside of any transaction: looks at the log, which costs microseconds, and has it moved if need be. */
  look(): void {
    this.#safely(() => this.#lookAndMove());
  }

  /** Ends the worker and lets go of its connection. Calling it twice is fine. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry?.();
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #lookAndMove(): void {
    const { clock } = this.#options;
    const log = this.#look();
    this.#judge(log);
    // Begun anew: pages are counted from its start again.
    if (log.pages < this.#triedPages) {
      this.#triedPages = 0;
      this.#triedHerePages = 0;
    }
    if (log.pages - log.moved >= hurryPages && log.pages - this.#triedHerePages >= runPages) {
      this.#triedHerePages = log.pages;
      this.#judge(this.#move());
      return;
    }
    if (this.#isRunning) return;
    const isDue = log.pages - this.#triedPages >= runPages;
    const isRetry = this.#warning !== undefined && clock.monotonic() - this.#triedAt >= retryMs;
    if (log.moved < log.pages && (isDue || isRetry)) this.#run(log);
  }

  #run(log: LogState): void {
    this.#isRunning = true;
    this.#triedAt = this.#options.clock.monotonic();
    this.#triedPages = log.pages;
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage('run');
  }

  #startWorker(): Worker {
    const script = import.meta.url.endsWith('.ts') ? './checkpoint-worker.ts' : './checkpoint-worker.js';
    const worker = new Worker(new URL(script, import.meta.url), { workerData: this.#options.file });
    // A hub that has nothing else to do may end.
    worker.unref();
    worker.on('message', () => {
      this.#isRunning = false;
      this.#safely(() => this.#finish());
    });
    worker.on('error', (cause) => this.#fail(cause));
    return worker;
  }

  /**
   * Few pages have come since the worker began: with those moved too, the next commit begins the log anew. When whoever
   * writes is faster than the worker, they are not few; once the log is long they are moved here all the same.
   */
  #finish(): void {
    const log = this.#look();
    const left = log.pages - log.moved;
    const finishesHere = left <= finishPages || log.pages >= hurryPages;
    this.#judge(left > 0 && finishesHere ? this.#move() : log);
    // A reader that holds the log back is not run against.
    if (!finishesHere && log.moved > this.#triedPages / 2) this.#run(log);
  }

  /** Answers and timers arrive between two ticks, and no transaction lasts longer than one; if ever, the next look does it. */
  #safely(step: () => void): void {
    const { db } = this.#options;
    if (this.#isClosed || !db.isOpen || db.isTransaction) return;
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(cause: unknown): void {
    if (this.#isClosed) return;
    void this.close();
    const text = cause instanceof Error ? cause.message : String(cause);
    this.#options.onFailure(
      new WaggleError('store_failed', `the log of ${this.#options.file} could not be moved into it (${text})`, {
        cause,
      }),
    );
  }

  #judge({ pages, moved }: LogState): void {
    // A log that was moved as a whole is begun anew by the next commit, however long its file is.
    const isLarge = pages * pageBytes > walAlarmBytes && moved < pages;
    if (isLarge) this.#retryLater();
    if (isLarge === (this.#warning !== undefined)) return;
    this.#warning = isLarge
      ? `wal_large: the log of ${this.#options.file} has grown past ${walAlarmBytes / 1024 / 1024} MiB, because another process has been reading the store for long; nothing is lost. End that process (fuser ${this.#options.file}), and the log shrinks by itself`
      : undefined;
    this.#options.onWarning(this.#warning);
  }

  #retryLater(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#options.clock.setTimer(retryMs, () => {
      this.look();
      if (this.#warning !== undefined && !this.#isClosed) this.#retryLater();
    });
  }
}
