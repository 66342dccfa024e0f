import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { engineFailureOf } from './database.ts';
import { syncFile } from './sync-file.ts';

/**
 * Puts a prepared file in the place of a store whose writer lock the caller holds. The store that stands there gets a
 * second name, `aside`, first; the change itself is one rename, so a crash leaves the old store or the new one, whole.
 * `store_busy` when another process reads the store's log just now; nothing was changed then.
 */
export function replaceStore({ store, draft, aside }: { store: string; draft: string; aside: string }): void {
  const log = `${store}-wal`;
  // An emptied file is not opened: the engine would throw its log away, which is all that is left.
  if (sizeOf(store) > 0) foldInLog(store);
  for (const [file, kept] of [
    [store, aside],
    [log, `${aside}-wal`],
  ] as const) {
    if (existsSync(file)) linkSync(file, kept);
  }
  syncFile(dirname(aside));
  failpoint('restore.aside.linked');
  // A log left beside another file would be played into it.
  for (const file of [log, `${store}-shm`]) rmSync(file, { force: true });
  syncFile(dirname(store));
  failpoint('restore.wal.dropped');
  renameSync(draft, store);
  syncFile(dirname(store));
  failpoint('restore.swapped');
}

/** Brings the log's commits into the file, so that the file alone is the store. A damaged one stays as it is. */
function foldInLog(store: string): void {
  let isBusy: boolean;
  try {
    const db = new DatabaseSync(store, { timeout: 2_000 });
    try {
      isBusy = Number(db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy']) !== 0;
    } finally {
      db.close();
    }
  } catch (error) {
    isBusy = engineFailureOf(error) === 'busy';
  }
  if (!isBusy) return;
  throw new WaggleError('store_busy', `store ${store} is being read by another process; nothing was changed, retry`, {
    details: { file: store },
  });
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
