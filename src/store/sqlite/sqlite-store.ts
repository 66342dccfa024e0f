import { chmodSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { steadyTimeline } from '../../clock.ts';
import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { saltOf } from '../../ids.ts';
import type { VerifyReport } from '../../message/message-store.ts';
import type { RetentionStore } from '../../message/retention-store.ts';
import type { StoreWatch } from '../../monitor/store-watch.ts';
import type { Commit, Store, StoreHealth, StoreOptions, Tx } from '../store.ts';
import { askWorker } from './ask-worker.ts';
import { Ballast } from './ballast.ts';
import { CommitHistogram } from './commit-histogram.ts';
import { atomicallyAsync, type Core, statementCache } from './core.ts';
import { mapOpenError, openDatabase, requireFullSync } from './database.ts';
import { advanceIfDue, nextDueInMs } from './due.ts';
import { inodeOf, requireExpected, requireOwn, requireSound } from './file-identity.ts';
import { GroupWriter } from './group-writer.ts';
import type { StoreInspection } from './inspect.ts';
import type { News } from './ledger.ts';
import { grantGrace, loadLedger } from './load-ledger.ts';
import { migrate, requireOurs, type StoreIdentity } from './migrate.ts';
import { retentionRoom } from './retention-rows.ts';
import { type Runner, sqliteRooms } from './rooms.ts';
import { sqliteWatch } from './sqlite-watch.ts';
import { checkConservation, checkPages, compareLedger } from './verify.ts';
import { WalKeeper } from './wal-keeper.ts';
import { acquireWriterLock } from './writer-lock.ts';

export interface SqliteStoreOptions extends StoreOptions {
  /** Path of the store file, or `:memory:`. */
  readonly file: string;
  /** The swarm this file must belong to; a missing, empty or foreign file is then refused instead of being made anew. */
  readonly expectSwarmId?: string;
}

/** A store file larger than this is checked page by page after the start instead of before it. */
const checkAtOpenBytes = 64 * 1024 * 1024;

/** Everything that belongs to one opening of the file; replaced as a whole after a failure. */
interface Engine {
  readonly db: DatabaseSync;
  readonly identity: StoreIdentity;
  readonly writer: GroupWriter;
  readonly core: Core;
  readonly wal: WalKeeper | undefined;
  /** Of the file when it was opened: another one there is not ours. */
  readonly inode: number | undefined;
}

/** Opens the embedded durable store and becomes its one writer; see the port. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  return new SqliteStore(options);
}

export class SqliteStore implements Store {
  readonly #options: SqliteStoreOptions;
  readonly #lock: Disposable | undefined;
  readonly #ballast: Ballast | undefined;
  readonly #now: () => number;
  readonly #commitListeners = new Set<(commit: Commit) => void>();
  readonly #healthListeners = new Set<(health: StoreHealth) => void>();
  readonly #rooms: Tx;
  readonly retention: RetentionStore;
  readonly watch: StoreWatch;
  readonly #commits = new CommitHistogram();
  #engine: Engine;
  #health: StoreHealth;
  #closing: Promise<void> | undefined;

  constructor(options: SqliteStoreOptions) {
    this.#options = options;
    this.#now = steadyTimeline(options.clock);
    const onDisk = options.file !== ':memory:';
    if (onDisk) requireExpected(options);
    this.#lock = onDisk ? acquireWriterLock(options.file) : undefined;
    this.#ballast = onDisk ? new Ballast(options.file, dirname(options.file), options.clock) : undefined;
    try {
      this.#engine = this.#openEngine();
    } catch (error) {
      this.#lock?.[Symbol.dispose]();
      throw mapOpenError(error, `store ${options.file}`);
    }
    this.#health = { state: 'open', engine: 'sqlite' };
    void this.#ballast?.restore();
    const runner: Runner = {
      write: (operation, durability, need, looksAtDue) =>
        this.#engine.writer.run(operation, durability, need, looksAtDue),
      read: (look) => this.#engine.writer.read(look),
      verify: () => this.#verify(),
    };
    this.#rooms = sqliteRooms(runner);
    this.retention = retentionRoom(runner);
    this.watch = sqliteWatch({
      file: options.file,
      read: runner.read,
      inode: () => this.#engine.inode,
      commits: this.#commits,
    });
  }

  get messages(): Tx['messages'] {
    return this.#rooms.messages;
  }

  get agents(): Tx['agents'] {
    return this.#rooms.agents;
  }

  get audit(): Tx['audit'] {
    return this.#rooms.audit;
  }

  get tokens(): Tx['tokens'] {
    return this.#rooms.tokens;
  }

  get contexts(): Tx['contexts'] {
    return this.#rooms.contexts;
  }

  get missions(): Tx['missions'] {
    return this.#rooms.missions;
  }

  get processes(): Tx['processes'] {
    return this.#rooms.processes;
  }

  get deliveries(): Tx['deliveries'] {
    return this.#rooms.deliveries;
  }

  get outbox(): Tx['outbox'] {
    return this.#rooms.outbox;
  }

  get handOffs(): Tx['handOffs'] {
    return this.#rooms.handOffs;
  }

  get alerts(): Tx['alerts'] {
    return this.#rooms.alerts;
  }

  get events(): Tx['events'] {
    return this.#rooms.events;
  }

  get swarmId(): string {
    return this.#engine.identity.swarmId;
  }

  transaction<T>(body: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#engine.writer.runBody((core) =>
      atomicallyAsync(core, () => {
        // Inside the body every call runs at once on the writer's own transaction.
        const read = async <R>(operation: (core: Core) => R): Promise<R> => operation(core);
        const write: Runner['write'] = async (operation, _durability, _need, looksAtDue) => {
          if (looksAtDue === true) advanceIfDue(core);
          return operation(core);
        };
        return body(sqliteRooms({ write, read, verify: () => this.#verify() }));
      }),
    );
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
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#engine.writer.drain();
    this.#engine.writer.refuse(new WaggleError('draining', 'the store is closed'));
    // The last connection to close empties the log and removes it.
    await this.#engine.wal?.close();
    if (this.#engine.db.isOpen) this.#engine.db.close();
    this.#lock?.[Symbol.dispose]();
    this.#setHealth({ state: 'closed', engine: 'sqlite' });
  }

  #openEngine(): Engine {
    const { file, limits, backoff, random, clock } = this.#options;
    const db = openDatabase(file, (opened) => requireOurs(opened, file));
    try {
      const size = file === ':memory:' ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
      if (size > 0 && size <= checkAtOpenBytes) requireSound(db, file);
      const identity = migrate(db);
      requireFullSync(db);
      requireOwn(identity, this.#options);
      if (file !== ':memory:') chmodSync(file, 0o600);
      grantGrace(db, this.#now());
      failpoint('store.opened');
      const core: Core = {
        db,
        sql: statementCache(db),
        ledger: loadLedger(db, identity.epoch),
        limits,
        backoff,
        random,
        salt: saltOf(identity.swarmId),
        now: this.#now,
        wall: () => clock.now(),
        diskHasRoom: () => this.#ballast?.hasRoom() ?? true,
      };
      const inode = inodeOf(file);
      const wal = file === ':memory:' ? undefined : this.#keepWal(db);
      const writer = new GroupWriter(core, {
        onCommit: (news) => this.#announce(core, news),
        afterCommit: () => wal?.look(),
        onBroken: (error) => this.#recover(error),
        onDiskFull: ({ releaseReserve }) => this.#ballast?.diskIsFull(releaseReserve),
        checkOwnership: () => this.#checkOwnership(core, identity.epoch, inode),
        advance: advanceIfDue,
        monotonic: () => clock.monotonic(),
        onSynced: (ms) => this.#commits.note(ms),
      });
      return { db, identity, writer, core, wal, inode };
    } catch (error) {
      db.close();
      throw error;
    }
  }

  #keepWal(db: DatabaseSync): WalKeeper {
    const { file, clock } = this.#options;
    return new WalKeeper({
      db,
      file,
      clock,
      onWarning: (warning) =>
        this.#setHealth({ state: 'open', engine: 'sqlite', ...(warning === undefined ? {} : { warning }) }),
      onFailure: (error) => this.#engine.writer.breakWith(error),
    });
  }

  /** Runs in every transaction: a writer that was replaced while it slept must not commit again. */
  #checkOwnership(core: Core, epoch: number, inode: number | undefined): void {
    const current = core.sql(`SELECT value FROM meta WHERE key = 'epoch'`).get()?.['value'];
    if (Number(current) !== epoch) {
      throw new WaggleError(
        'store_fenced',
        `another hub (epoch ${String(current)}) took over; this one (epoch ${epoch}) stops`,
        {
          details: { epoch, current },
        },
      );
    }
    if (inodeOf(this.#options.file) !== inode) {
      throw new WaggleError(
        'store_missing',
        `store ${this.#options.file} was removed or replaced under the hub; nothing was stored`,
        {
          details: { file: this.#options.file },
        },
      );
    }
  }

  #announce(core: Core, news: News): void {
    if (this.#commitListeners.size === 0) return;
    const commit = { lastSeq: core.ledger.lastSeq, ...news, nextDueInMs: nextDueInMs(core) };
    for (const listener of this.#commitListeners) listener(commit);
  }

  /**
   * Fail-stop (guarantee G14): after an I/O failure or damage nothing the connection remembers is trusted. Everything
   * waiting is answered with the error, the file is reopened and checked, and served again only when it is sound.
   */
  #recover(error: WaggleError): void {
    if (this.#closing !== undefined) return;
    this.#setHealth(troubled('recovering', error));
    const failed = this.#engine;
    setImmediate(() => {
      void failed.wal?.close();
      if (failed.db.isOpen) failed.db.close();
      // Closed meanwhile: the lock is given up, and the file is another's to open.
      if (this.#closing !== undefined) return;
      if (error.code === 'store_fenced' || error.code === 'store_missing') {
        this.#setHealth(troubled('read-only', error));
        return;
      }
      try {
        this.#engine = this.#openEngine();
        this.#setHealth({ state: 'open', engine: 'sqlite' });
      } catch (reopenError) {
        const mapped = mapOpenError(reopenError, `store ${this.#options.file}`);
        failed.writer.refuse(mapped);
        this.#setHealth(troubled('read-only', mapped));
      }
    });
  }

  #setHealth(health: StoreHealth): void {
    this.#health = health;
    for (const listener of this.#healthListeners) listener(health);
  }

  async #verify(): Promise<VerifyReport> {
    const { file } = this.#options;
    const { stats, drift } = await this.#engine.writer.read(compareLedger);
    if (file === ':memory:') {
      const problems = await this.#engine.writer.read(({ db }) => [...checkPages(db), ...checkConservation(db)]);
      return { checked: stats.accepted - stats.pruned, stats, problems: [...drift, ...problems] };
    }
    const inspection = await askWorker<StoreInspection>('inspect-worker', file);
    return { checked: inspection.messages, stats, problems: [...drift, ...inspection.problems] };
  }
}

function troubled(state: StoreHealth['state'], { code, message }: WaggleError): StoreHealth {
  return { state, engine: 'sqlite', code, reason: `${code}: ${message}` };
}
