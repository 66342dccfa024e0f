import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { machineTime } from '../../clock.ts';
import { toWaggleError } from '../../errors.ts';
import { engineFailureOf } from './database.ts';
import { openToInspect } from './inspected-store.ts';
import { checkPages, type Problem } from './verify.ts';

/** What one slice came to; `isLast` with the one after which nothing is left. */
export interface CheckedSlice {
  readonly problems: readonly { readonly what: string; readonly detail: string }[];
  readonly busyMs: number;
  readonly isLast: boolean;
}

/**
 * Checks the pages of one table, and of its indexes, each time it is asked to, through a read-only connection: its
 * transaction lasts as long as that table, and holds back the writer's log no longer.
 */
try {
  const { db } = openToInspect(String(workerData));
  const tables = db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name`)
    .all()
    .map((row) => String(row['name']));
  parentPort?.on('message', () => {
    try {
      const startedAt = machineTime();
      const table = tables.shift();
      const problems = table === undefined ? [] : checkTable(db, table);
      const isLast = tables.length === 0;
      if (isLast) db.close();
      const found: CheckedSlice = { problems, busyMs: machineTime() - startedAt, isLast };
      parentPort?.postMessage({ found });
    } catch (error) {
      parentPort?.postMessage({ error: toWaggleError(error).toDocument() });
    }
  });
} catch (error) {
  parentPort?.postMessage({ error: toWaggleError(error).toDocument() });
}

/** Damage that keeps a table from being read at all is what was looked for. */
function checkTable(db: DatabaseSync, table: string): Problem[] {
  try {
    return checkPages(db, table);
  } catch (error) {
    if (engineFailureOf(error) !== 'corrupt' || !(error instanceof Error)) throw error;
    return [{ what: 'page damage', detail: `table ${table}: ${error.message}` }];
  }
}
