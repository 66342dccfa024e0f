import { DatabaseSync } from 'node:sqlite';
import { migrations } from '../store/sqlite/migrate.ts';

/** Takes away what came after the first version: whatever a store that only knows that one does not have. */
export function asOfVersion1(file: string): void {
  const first = new DatabaseSync(':memory:');
  first.exec(migrations[0] ?? '');
  const known = new Set(namesIn(first).map(({ name }) => name));
  const knownColumns = new Set(columnsIn(first));
  first.close();
  const db = new DatabaseSync(file);
  for (const { name, type } of namesIn(db).filter((one) => !known.has(one.name)))
    db.exec(`DROP ${type} IF EXISTS ${name}`);
  for (const column of columnsIn(db).filter((one) => !knownColumns.has(one))) {
    const [table, name] = column.split('.');
    db.exec(`ALTER TABLE ${table} DROP COLUMN ${name}`);
  }
  db.exec('PRAGMA user_version = 1');
  db.close();
}

/** As `table.column`; those of the full-text index are its own affair. */
function columnsIn(db: DatabaseSync): string[] {
  const rows = db
    .prepare(
      `SELECT t.name || '.' || c.name AS name FROM pragma_table_list AS t JOIN pragma_table_info(t.name) AS c
       WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`,
    )
    .all();
  return rows.map((row) => String(row['name']));
}

/** Indexes before the tables they go with. */
function namesIn(db: DatabaseSync): { name: string; type: string }[] {
  const rows = db.prepare(`SELECT name, type FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type`).all();
  return rows.map((row) => ({ name: String(row['name']), type: String(row['type']) }));
}
