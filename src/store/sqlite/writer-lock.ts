import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { WaggleError } from '../../errors.ts';
import { engineFailureOf, mapSqliteError } from './database.ts';

/**
 * One writer per directory (guarantee G15). The lock is an exclusive transaction on a file of its own: SQLite holds it
 * with fcntl, so the kernel drops it the moment its process dies, however it dies, and no stale lock can remain.
 */
export function acquireWriterLock(storeFile: string): Disposable {
  const file = `${storeFile}.lock`;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
    chmodSync(file, 0o600);
  } catch (error) {
    db?.close();
    if (engineFailureOf(error) === 'busy') {
      throw new WaggleError(
        'hub_already_running',
        `another hub writes ${storeFile}; use it, or stop it with: waggle down`,
        {
          details: { file: storeFile },
        },
      );
    }
    throw mapSqliteError(error, `lock ${file}`);
  }
  const held = db;
  return {
    [Symbol.dispose]() {
      if (held.isOpen) held.close();
    },
  };
}
