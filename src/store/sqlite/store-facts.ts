import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { WaggleError } from '../../errors.ts';
import { applicationId, openReadOnly } from './database.ts';
import { lastSeq } from './event-rows.ts';
import { requireOurs } from './migrate.ts';

/** What a store file says of itself: which swarm, how far it got. */
export interface StoreFacts {
  readonly swarmId: string;
  readonly epoch: number;
  readonly schema: number;
  /** Sequence of the newest change in it. */
  readonly lastSeq: number;
  /** Highest version of any context; 0 when there are none. */
  readonly contextVersion: number;
  /** Messages kept in it, in any state. */
  readonly messages: number;
  /** When it was taken out of a running store; absent in one that never was. ISO 8601 UTC. */
  readonly takenAt?: string;
}

/** Where a backup notes its instant; a restored store forgets it. */
export const takenAtKey = 'backup_taken_at';

export function readFacts(db: DatabaseSync): StoreFacts {
  const one = (query: string, ...values: SQLInputValue[]) => Object.values(db.prepare(query).get(...values) ?? {})[0];
  const meta = (key: string) => one('SELECT value FROM meta WHERE key = ?', key);
  const takenAt = meta(takenAtKey);
  // A store of an earlier schema is read before it is brought to the present one.
  const hasContexts = one(`SELECT 1 FROM sqlite_schema WHERE name = 'contexts'`) !== undefined;
  return {
    swarmId: String(meta('swarm_id')),
    epoch: Number(meta('epoch')),
    schema: Number(one('PRAGMA user_version')),
    lastSeq: lastSeq((text) => db.prepare(text)),
    contextVersion: hasContexts ? Number(one('SELECT coalesce(max(version), 0) FROM contexts')) : 0,
    messages: Number(one('SELECT count(*) FROM messages')),
    ...(takenAt === undefined ? {} : { takenAt: String(takenAt) }),
  };
}

/** What a backup does not know: how the store went on after its newest change. */
export interface Since {
  readonly accepted: number;
  readonly acked: number;
  readonly lastSeq: number;
}

/**
 * The facts of the store file that stands in a swarm directory, and what happened in it after a change. Undefined when
 * there is none or when damage keeps them from being read: then nobody knows how far that store had got.
 */
export function presentFacts(file: string, after: number): { facts: StoreFacts; since: Since } | undefined {
  // An empty file says nothing, and opening it would cost it the log beside it.
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return undefined;
  try {
    const db = openReadOnly(file);
    try {
      requireOurs(db, file);
      const facts = readFacts(db);
      const count = (column: 'seq' | 'settled_seq') =>
        Number(db.prepare(`SELECT count(*) AS n FROM messages WHERE ${column} > ?`).get(after)?.['n']);
      return { facts, since: { accepted: count('seq'), acked: count('settled_seq'), lastSeq: facts.lastSeq } };
    } finally {
      db.close();
    }
  } catch {
    return undefined;
  }
}

/**
 * Refuses what is no store of ours by the first bytes of the file, before anything is opened or copied: `unreadable_file`
 * for what cannot be read, `store_corrupt` for a stranger's file.
 */
export function requireOurHeader(file: string): void {
  const header = Buffer.alloc(100);
  let length = 0;
  try {
    const handle = openSync(file, 'r');
    try {
      length = readSync(handle, header, 0, header.length, 0);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new WaggleError('unreadable_file', `${file} cannot be read (${text}); nothing was changed`, {
      details: { file },
      cause: error,
    });
  }
  const isSqlite = length === header.length && header.toString('latin1', 0, 16) === 'SQLite format 3\0';
  if (isSqlite && header.readUInt32BE(68) === applicationId) return;
  const what = isSqlite ? "another program's database" : 'no database at all';
  throw new WaggleError('store_corrupt', `${file} is not a Waggle backup (it is ${what}); nothing was changed`, {
    details: { file },
  });
}
