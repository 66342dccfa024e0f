import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { toWaggleError, WaggleError } from '../../errors.ts';

/** `WAGG` in the file header: how a Waggle store is told from any other SQLite file. */
export const applicationId = 0x57414747;

/** Below this the WAL-reset bug can corrupt a file that is written and checkpointed at once. */
const minSqlite = [3, 51, 3] as const;

/**
 * Opens the file with the settings our promises rest on. `synchronous` is set and read back on every connection: the
 * compiled-in default of some builds is NORMAL, which loses accepted messages in a power cut.
 *
 * The cache is small on purpose. A commit that moved pages of an index about has SQLite walk the whole hash table of its
 * cache, and the table is as large as the cache once was: with 64 MiB that was a third of the processor time of a life.
 * What falls out is still in the memory of the operating system.
 */
export function openDatabase(file: string, requireOurs: (db: DatabaseSync) => void = () => {}): DatabaseSync {
  const isNew = file === ':memory:' || (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;
  // The files beside it take its mode, so it must be private before there is one.
  if (isNew && file !== ':memory:') createPrivate(file);
  return guard(file, () => {
    const db = new DatabaseSync(file, { timeout: 2_000 });
    try {
      requireVersion(db);
      // Before the settings below write to it: a stranger's file is refused untouched.
      requireOurs(db);
      if (isNew) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
      db.exec(`
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 0;
        PRAGMA journal_size_limit = 67108864;
        PRAGMA cache_size = -16384;
        PRAGMA temp_store = MEMORY;
        PRAGMA trusted_schema = OFF;
        PRAGMA foreign_keys = OFF;
      `);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** The write-ahead log, in pages: how long it is, and how much of it has been moved into the store. */
export interface LogState {
  readonly pages: number;
  readonly moved: number;
}

/**
 * `NOOP` only looks; `PASSIVE` moves what no reader needs, waits for nobody and syncs. What came of it is in the answer:
 * a checkpoint that could do nothing is no error. Prepared once, because one is asked for after every commit.
 */
export function prepareCheckpoint(db: DatabaseSync, mode: 'NOOP' | 'PASSIVE'): () => LogState {
  const statement = db.prepare(`PRAGMA wal_checkpoint(${mode})`);
  return () => {
    const row = statement.get();
    return { pages: Math.max(0, Number(row?.['log'])), moved: Math.max(0, Number(row?.['checkpointed'])) };
  };
}

function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw toWaggleError(error);
  }
}

/** A second connection that can only look: for what reads beside the writer, or a file that is whole by itself. */
export function openReadOnly(file: string): DatabaseSync {
  if (!existsSync(file)) throw new WaggleError('store_missing', `store ${file} does not exist`, { details: { file } });
  return guard(file, () => new DatabaseSync(file, { readOnly: true, timeout: 2_000 }));
}

/** Refuses to serve when a commit would not be synced. To be called after the first write, where a default would show. */
export function requireFullSync(db: DatabaseSync): void {
  const row = db.prepare('PRAGMA synchronous').get();
  if (Number(row?.['synchronous']) !== 2) {
    throw new WaggleError('unsupported_runtime', 'store: synchronous is not FULL after a write; refusing to serve', {
      details: { synchronous: row?.['synchronous'] },
    });
  }
}

function requireVersion(db: DatabaseSync): void {
  const text = String(db.prepare('SELECT sqlite_version() AS version').get()?.['version']);
  const parts = text.split('.').map(Number);
  for (const [index, least] of minSqlite.entries()) {
    const part = parts[index] ?? 0;
    if (part > least) return;
    if (part < least) {
      throw new WaggleError(
        'unsupported_runtime',
        `SQLite ${text} of this Node is older than ${minSqlite.join('.')}, which fixes file corruption: install Node 24`,
        { details: { sqlite: text } },
      );
    }
  }
}

function guard<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw mapOpenError(error, `store ${file}`);
  }
}

/** While a file is being opened, an engine failure without a class of its own means that it is no sound store. */
export function mapOpenError(error: unknown, what: string): WaggleError {
  if (engineFailureOf(error) !== 'other') return mapSqliteError(error, what);
  const text = error instanceof Error ? error.message : String(error);
  return new WaggleError('store_corrupt', `${what} is damaged (${text}); nothing was changed. Restore a backup`, {
    cause: error,
    details: { engine: text },
  });
}

/** What an engine failure means for the one who called. The extended code and text stay in the details. */
export type EngineFailure = 'full' | 'corrupt' | 'io' | 'busy' | 'read-only' | 'other';

export function engineFailureOf(error: unknown): EngineFailure | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  const extended = Number(error.errcode);
  // SQLITE_IOERR_SHMSIZE: the wal-index could not grow, which is what a full disk says first.
  if (extended === 4874) return 'full';
  switch (extended & 0xff) {
    case 13:
      return 'full';
    case 11:
    case 26:
      return 'corrupt';
    case 10:
    case 14:
      return 'io';
    case 5:
    case 6:
      return 'busy';
    case 8:
      return 'read-only';
    default:
      return 'other';
  }
}

export function mapSqliteError(error: unknown, what: string): WaggleError {
  if (error instanceof WaggleError) return error;
  const failure = engineFailureOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const options = { cause: error, details: { engine: text } };
  switch (failure) {
    case 'full':
      return new WaggleError(
        'disk_full',
        `${what}: the disk is full; nothing was stored, free space and retry`,
        options,
      );
    case 'corrupt':
      return new WaggleError(
        'store_corrupt',
        `${what} is damaged (${text}); nothing was changed. Run waggle doctor, then restore a backup`,
        options,
      );
    case 'io':
      return new WaggleError(
        'store_failed',
        `${what}: reading or writing failed (${text}); the effect is unknown`,
        options,
      );
    case 'busy':
      return new WaggleError('store_busy', `${what} is in use by another process; retry`, options);
    case 'read-only':
      return new WaggleError('store_read_only', `${what} cannot be written (${text}); check its permissions`, options);
    default:
      return new WaggleError('internal', `${what}: unexpected engine failure: ${text}`, options);
  }
}
