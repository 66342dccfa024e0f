import { statSync } from 'node:fs';
import { mapOpenError } from './database.ts';
import { openToInspect } from './inspected-store.ts';
import { migrations } from './migrate.ts';
import { checkConservation, checkPages, type Problem } from './verify.ts';

export interface StoreInspection {
  readonly ok: boolean;
  readonly problems: readonly Problem[];
  readonly schema: number;
  readonly sizeBytes: number;
  readonly walBytes: number;
  readonly messages: number;
  /** What to bear in mind about the answer; see `openToInspect`. */
  readonly caveat?: string;
}

/**
 * Looks a store over through a read-only connection of its own, with or without a hub running. Damage is reported as a
 * problem, not thrown, under an error's code where one fits; `store_missing` when there is no file.
 */
export function inspectStore(file: string): StoreInspection {
  const sizes = { sizeBytes: sizeOf(file), walBytes: sizeOf(`${file}-wal`) };
  using store = openToInspect(file);
  const { db, caveat } = store;
  const about = caveat === undefined ? sizes : { ...sizes, caveat };
  try {
    const problems = checkPages(db);
    if (problems.length === 0) problems.push(...checkConservation(db));
    const schema = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
    if (schema > migrations.length) {
      problems.push({
        what: 'schema_too_new',
        detail: `store ${file} has schema ${schema}, this Waggle knows up to ${migrations.length}: install a newer Waggle`,
      });
    }
    const messages = Number(db.prepare('SELECT count(*) AS n FROM messages').get()?.['n']);
    return { ok: problems.length === 0, problems, schema, messages, ...about };
  } catch (error) {
    const mapped = mapOpenError(error, `store ${file}`);
    return { ok: false, problems: [{ what: mapped.code, detail: mapped.message }], schema: 0, messages: 0, ...about };
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
