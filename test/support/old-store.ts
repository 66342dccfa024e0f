import { DatabaseSync } from 'node:sqlite';
import { applicationId } from '../../src/store/sqlite/database.ts';
import { migrations } from '../../src/store/sqlite/migrate.ts';

/** Writes a store as the Waggle of that schema version left it: by running only its migrations. With one inbox, `ada`. */
export function writeOldStore(file: string, version: number, bodies: readonly string[]): void {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL');
  for (const migration of migrations.slice(0, version)) db.exec(migration);
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`);
  db.exec(`INSERT INTO meta VALUES ('swarm_id', '${'5a'.repeat(16)}'), ('epoch', '3')`);
  db.exec(`INSERT INTO agents (id, skills, created_at) VALUES ('ada', '[]', 1)`);
  const insert = db.prepare(`
    INSERT INTO messages (seq, state, priority, ready_at, changed_at, created_at, max_attempts, inbox, inbox_seq, size, sender, kind, body_json, body)
    VALUES (?, 0, 2, 1, 1, 1700000000000, 5, 'ada', ?, ?, 'operator', 'text', 0, ?)`);
  for (const [at, body] of bodies.entries()) insert.run(3 * 2 ** 32 + at + 1, at + 1, Buffer.byteLength(body), body);
  db.close();
}

/** The tables and indexes of a file and the version it claims: what a half-run migration would leave in disagreement. */
export function schemaOf(file: string): { version: number; tables: string[] } {
  const db = new DatabaseSync(file);
  try {
    const rows = db.prepare('SELECT name FROM sqlite_schema ORDER BY name').all();
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
    return { version, tables: rows.map((row) => String(row['name'])) };
  } finally {
    db.close();
  }
}
