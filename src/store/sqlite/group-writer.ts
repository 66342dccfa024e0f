import type { DatabaseSync } from 'node:sqlite';
import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import type { Core } from './core.ts';
import { engineFailureOf, mapSqliteError } from './database.ts';
import type { News } from './ledger.ts';

/**
 * Group commit. Operations asked for in one tick of the event loop run in one transaction with one sync; each resolves
 * after that sync. Under load the sync itself gathers the next group, so the cost per message falls as load rises.
 *
 * `lazy` operations (leases) are not worth a sync of their own: a group of nothing else commits without one. A lease
 * lost in a power cut only means redelivery, and its generation never returns because every open raises the epoch.
 */
export type Durability = 'durable' | 'lazy';

/** What a full disk means for an operation: `accept` is refused, `settle` must get through (guarantee G13). */
export type Need = 'accept' | 'settle';

interface Job {
  readonly durability: Durability;
  readonly need: Need;
  readonly looksAtDue: boolean;
  run(core: Core): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export interface GroupWriterHooks {
  /** After each commit that changed something. */
  onCommit(news: News): void;
  /** After each commit, once everybody in it was answered. */
  afterCommit(): void;
  /** The engine failed in a way that makes its memory of the file untrustworthy (guarantee G14). */
  onBroken(error: WaggleError): void;
  /** Nothing more can be written; the reserve is to be freed when there is something that must be. */
  onDiskFull(full: { releaseReserve: boolean }): void;
  /** Throws when another writer has taken over. Runs inside every transaction. */
  checkOwnership(db: DatabaseSync): void;
  /**
   * Brings due things about, before an operation that looks at them and in its own right: when that operation is
   * refused, it must not take back, in memory, what the file keeps.
   */
  advance(core: Core): void;
  /** Milliseconds that only rise: for timing. */
  monotonic(): number;
  /** How long a synced group took, from its first statement to the end of its sync. */
  onSynced(ms: number): void;
}

/** Most operations in one group: bounds the time the thread is held and the latency of the first in line. */
const maxGroup = 1_000;

export class GroupWriter {
  readonly #core: Core;
  readonly #hooks: GroupWriterHooks;
  #queue: Job[] = [];
  #scheduled = false;
  #flushing: Promise<void> | undefined;
  #refusal: WaggleError | undefined;
  #synchronous: Durability = 'durable';

  constructor(core: Core, hooks: GroupWriterHooks) {
    this.#core = core;
    this.#hooks = hooks;
  }

  /** Runs one operation atomically; resolves after it is committed. */
  run<T>(
    operation: (core: Core) => T | Promise<T>,
    durability: Durability = 'durable',
    need: Need = 'settle',
    looksAtDue = false,
  ): Promise<T> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    return new Promise<T>((resolve, reject) => {
      // The queue holds operations of many result types; each job resolves only its own promise.
      this.#queue.push({
        durability,
        need,
        looksAtDue,
        run: operation,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
      this.#schedule();
    });
  }

  /** Runs an asynchronous body inside one transaction; it may await nothing but operations on this same core. */
  runBody<T>(body: (core: Core) => Promise<T>): Promise<T> {
    // A body sends to groups or imports: on a full disk it is refused like any accept.
    return this.run(body, 'durable', 'accept');
  }

  /** Looks at committed state: at once, or after the group that is being written. */
  read<T>(look: (core: Core) => T): Promise<T> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    const attempt = () => {
      try {
        return look(this.#core);
      } catch (error) {
        throw this.#mapped(error);
      }
    };
    if (this.#flushing === undefined) return new Promise((resolve) => resolve(attempt()));
    return this.#flushing.then(attempt);
  }

  /** Refuses everything from now on, waiting calls included. */
  refuse(error: WaggleError): void {
    this.#refusal = error;
    for (const job of this.#queue.splice(0)) job.reject(error);
  }

  /** Fail-stop for a failure that was seen elsewhere: whoever waits is told, nobody is served. */
  breakWith(error: WaggleError): void {
    if (this.#refusal === undefined) this.#break(error, []);
  }

  /** Resolves when all that was asked for has been answered. */
  async drain(): Promise<void> {
    while (this.#queue.length > 0 || this.#flushing !== undefined) {
      await (this.#flushing ?? new Promise<void>((resolve) => setImmediate(resolve)));
    }
  }

  #schedule(): void {
    if (this.#scheduled || this.#flushing !== undefined) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#queue.length === 0) return;
      this.#flushing = this.#flush().finally(() => {
        this.#flushing = undefined;
        if (this.#queue.length > 0) this.#schedule();
      });
    });
  }

  async #flush(): Promise<void> {
    const jobs = this.#queue.splice(0, maxGroup);
    const failure = await this.#commit(jobs);
    if (failure === undefined) return;
    if (isUntrustworthy(failure)) this.#break(failure, jobs);
    else await this.#oneByOne(jobs, failure);
  }

  /** Fail-stop: everybody waiting is told, nobody is served, and the owner decides how to go on. */
  #break(failure: unknown, waiting: readonly Job[]): void {
    const error = this.#mapped(failure);
    for (const job of waiting) job.reject(error);
    this.refuse(error);
    this.#hooks.onBroken(error);
  }

  /**
   * The group failed as a whole: only the operation that cannot be done may suffer for it. On a full disk nothing more
   * is accepted, and what is left of the space, the reserve included, is for settling.
   */
  async #oneByOne(jobs: readonly Job[], failure: unknown): Promise<void> {
    const diskFull = engineFailureOf(failure) === 'full';
    const refused = diskFull ? jobs.filter((job) => job.need === 'accept') : [];
    for (const job of refused) job.reject(this.#mapped(failure));
    const repeated = jobs.filter((job) => !refused.includes(job));
    if (diskFull) this.#hooks.onDiskFull({ releaseReserve: repeated.length > 0 });
    for (const [index, job] of repeated.entries()) {
      const again = await this.#commit([job]);
      if (again !== undefined && isUntrustworthy(again)) return this.#break(again, repeated.slice(index));
      if (again !== undefined) job.reject(this.#mapped(again));
    }
  }

  /** One transaction over these jobs. Answers them and returns undefined, or rolls back and returns the failure. */
  async #commit(jobs: readonly Job[]): Promise<unknown> {
    const { db, ledger } = this.#core;
    const outcomes: { job: Job; ok: boolean; value: unknown }[] = [];
    let news: News;
    const before = ledger.mark();
    const keptBefore = ledger.kept;
    const startedAt = this.#hooks.monotonic();
    try {
      this.#setSynchronous(jobs.every((job) => job.durability === 'lazy') ? 'lazy' : 'durable');
      failpoint('store.group.begin');
      this.#core.sql('BEGIN IMMEDIATE').run();
      this.#hooks.checkOwnership(db);
      for (const job of jobs) {
        if (job.looksAtDue) this.#hooks.advance(this.#core);
        const mark = ledger.mark();
        failpoint('store.operation.before');
        try {
          const result = job.run(this.#core);
          outcomes.push({ job, ok: true, value: result instanceof Promise ? await result : result });
        } catch (error) {
          if (engineFailureOf(error) !== undefined) throw error;
          ledger.rollback(mark);
          outcomes.push({ job, ok: false, value: error });
        }
        failpoint('store.operation.after');
      }
      failpoint('store.commit.before');
      this.#core.sql('COMMIT').run();
      if (this.#synchronous === 'durable') {
        this.#hooks.onSynced(this.#hooks.monotonic() - startedAt);
        failpoint('store.commit.synced');
      }
      failpoint('store.commit.after');
      news = ledger.commit();
    } catch (error) {
      ledger.rollback(before);
      if (db.isOpen && db.isTransaction) tryRollback(db);
      return error;
    }
    for (const { job, ok, value } of outcomes) {
      if (ok) job.resolve(value);
      else job.reject(value);
    }
    failpoint('store.replied');
    // A due time moved forward is news as well: somebody sleeps until the old one.
    if (ledger.kept !== keptBefore || ledger.nextDueAt < before.nextDueAt) this.#hooks.onCommit(news);
    this.#hooks.afterCommit();
    return undefined;
  }

  #setSynchronous(durability: Durability): void {
    if (this.#synchronous === durability) return;
    this.#core.sql(durability === 'durable' ? 'PRAGMA synchronous = FULL' : 'PRAGMA synchronous = NORMAL').get();
    this.#synchronous = durability;
  }

  #mapped(error: unknown): WaggleError {
    return mapSqliteError(error, 'store');
  }
}

/** After these the connection's memory of the file means nothing; typed ones are a lost or fenced store. */
function isUntrustworthy(failure: unknown): boolean {
  const kind = engineFailureOf(failure);
  return kind === 'io' || kind === 'corrupt' || failure instanceof WaggleError;
}

/** After some failures SQLite has already rolled back; saying so again is an error that means nothing. */
function tryRollback(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // The connection is about to be judged by the failure that led here; this one adds nothing.
  }
}
