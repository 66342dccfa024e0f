import { closeSync, openSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { mapOpenError, mapSqliteError, openReadOnly } from './database.ts';
import { requireOurs } from './migrate.ts';
import { readFacts, type StoreFacts, takenAtKey } from './store-facts.ts';
import { syncFile } from './sync-file.ts';
import { requireSoundStore } from './verify.ts';

/** Pages between two looks at the progress and at the signal: 1 MiB of the usual 4 KiB pages. */
const pagesPerStep = 256;

export interface SnapshotRequest {
  /** The store file; a hub may be writing it. */
  readonly store: string;
  /** Where the copy goes; must not exist. Left behind, incomplete, when this fails: whoever named it removes it. */
  readonly draft: string;
  /** ISO 8601 UTC, noted in the copy. */
  readonly takenAt: string;
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Copies a store as it is at one moment, while its hub goes on writing: a read-only connection of its own holds one
 * snapshot open for the whole copy, so later commits neither enter it nor make it start over, and the hub's thread has no
 * part in it. The copy is one file, synced, and checked page by page and by conservation before this resolves.
 * `store_corrupt` when it is not sound, which means that the store is not.
 */
export async function takeSnapshot(request: SnapshotRequest): Promise<StoreFacts> {
  const { store, draft } = request;
  const facts = await copyPages(request);
  failpoint('backup.copied');
  finish(draft, request.takenAt);
  syncFile(draft);
  failpoint('backup.synced');
  requireSameAs(facts, draft, store);
  failpoint('backup.verified');
  return { ...facts, takenAt: request.takenAt };
}

async function copyPages({ store, draft, onProgress, signal }: SnapshotRequest): Promise<StoreFacts> {
  const db = openReadOnly(store);
  try {
    requireOurs(db, store);
    // The first read of a transaction chooses the snapshot; the copy below reads through the same connection.
    db.exec('BEGIN');
    const facts = readFacts(db);
    closeSync(openSync(draft, 'wx', 0o600));
    await backup(db, draft, {
      rate: pagesPerStep,
      progress: ({ totalPages, remainingPages }) => {
        failpoint('backup.copying');
        if (signal?.aborted) throw new WaggleError('aborted', 'the backup was interrupted; nothing was written');
        onProgress?.(1 - remainingPages / Math.max(1, totalPages));
      },
    });
    return facts;
  } catch (error) {
    throw error instanceof WaggleError ? error : mapOpenError(error, `store ${store}`);
  } finally {
    db.close();
  }
}

/** One file that anything may open read-only, without files beside it; and when it was taken. */
function finish(draft: string, takenAt: string): void {
  const db = new DatabaseSync(draft);
  try {
    db.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL');
    db.prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(
      takenAtKey,
      takenAt,
    );
  } catch (error) {
    throw mapSqliteError(error, `backup ${draft}`);
  } finally {
    db.close();
  }
}

function requireSameAs(facts: StoreFacts, draft: string, store: string): void {
  const db = openReadOnly(draft);
  try {
    requireSoundStore(db, `store ${store}`);
    const copied = readFacts(db);
    if (copied.lastSeq === facts.lastSeq && copied.messages === facts.messages) return;
    throw new WaggleError('internal', `the copy of ${store} differs from its snapshot; nothing was written`, {
      details: { copied, facts },
    });
  } finally {
    db.close();
  }
}
