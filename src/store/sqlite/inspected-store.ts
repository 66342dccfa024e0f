import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type EngineFailure, engineFailureOf, mapOpenError, openReadOnly } from './database.ts';

/** A connection that can only look. */
export interface InspectedStore extends Disposable {
  readonly db: DatabaseSync;
  /** What to bear in mind about what is read, where the file could not be opened beside its writer. */
  readonly caveat?: string;
}

/**
 * Opens a store to look at it: for workers, `doctor` and offline checks. Reading a log beside the file takes a shared
 * index that SQLite wants to create, so on a read-only disk or copy it refuses; then the file is read as one that
 * nobody writes when no log holds anything, or copied with its log to a private folder and read there. The original is
 * never written to. `store_missing` when there is no file.
 */
export function openToInspect(file: string): InspectedStore {
  const db = openReadOnly(file);
  const failure = probe(db);
  // Damage is for whoever reads to find and to name.
  if (failure !== 'io' && failure !== 'read-only') return { db, [Symbol.dispose]: () => db.close() };
  db.close();
  try {
    return hasLog(file) ? openCopy(file) : openImmutable(file);
  } catch (error) {
    throw mapOpenError(error, `store ${file}`);
  }
}

/** What keeps the connection from reading; undefined when nothing does. */
function probe(db: DatabaseSync): EngineFailure | undefined {
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return undefined;
  } catch (error) {
    return engineFailureOf(error);
  }
}

function hasLog(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function openImmutable(file: string): InspectedStore {
  const location = pathToFileURL(file);
  location.searchParams.set('immutable', '1');
  const db = new DatabaseSync(location, { readOnly: true });
  const caveat = 'read without its writer’s log, of which there is none here: right unless a hub is writing it now';
  return { db, caveat, [Symbol.dispose]: () => db.close() };
}

function openCopy(file: string): InspectedStore {
  const folder = mkdtempSync(join(tmpdir(), 'waggle-look-'));
  const forget = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, basename(file));
    for (const suffix of ['', '-wal']) copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
    const db = new DatabaseSync(copy, { readOnly: true });
    const caveat = 'read from a copy of the file and its log: right unless a hub was writing it meanwhile';
    return {
      db,
      caveat,
      [Symbol.dispose]() {
        db.close();
        forget();
      },
    };
  } catch (error) {
    forget();
    throw error;
  }
}
