import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { WaggleError } from '../../errors.ts';
import { openStoreAt, sendTexts } from '../../testing/store-at.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import { migrate } from './migrate.ts';
import { checkConservation, requireSoundStore } from './verify.ts';

/** A store without a message, in memory. */
function emptyStore(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  migrate(db);
  return db;
}

/** As rows lie there after damage that no page check sees: constraints do not speak up for what is already wrong. */
function insertMessage(db: DatabaseSync, columns: Record<string, string | number | null>): void {
  const all: Record<string, string | number | null> = {
    id: `msg-${columns['seq']}`,
    state: 0,
    from_agent: 'bob',
    ...columns,
  };
  const required = db
    .prepare(`SELECT name, type FROM pragma_table_info('messages') WHERE "notnull" = 1 AND dflt_value IS NULL`)
    .all();
  for (const { name, type } of required) all[String(name)] ??= type === 'INTEGER' ? 0 : 'x';
  const names = Object.keys(all).filter((name) =>
    db.prepare(`SELECT 1 FROM pragma_table_info('messages') WHERE name = ?`).get(name),
  );
  db.prepare(`INSERT INTO messages (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`).run(
    ...names.map((name) => all[name] ?? null),
  );
}

function refusal(look: () => void): unknown {
  try {
    look();
  } catch (error) {
    return error instanceof WaggleError ? `${error.code}: ${error.message}` : error;
  }
  return 'sound';
}

describe('requireSoundStore', () => {
  test('lets a sound store pass', () => {
    using db = emptyStore();
    insertMessage(db, { seq: 1, inbox: 'ada', inbox_seq: 1, max_attempts: 5 });
    expect(refusal(() => requireSoundStore(db, 'store x'))).toBe('sound');
  });

  test('names the inbox whose count does not hold', () => {
    using db = emptyStore();
    insertMessage(db, { seq: 1, inbox: 'ada', inbox_seq: 2, max_attempts: 5 });
    expect(refusal(() => requireSoundStore(db, 'store x'))).toBe(
      'store_corrupt: store x is damaged (conservation in inbox ada: 2 accepted, but 1 kept, 0 pruned and 0 moved to another inbox); nothing was changed',
    );
  });

  test('says so when the file cannot even be read', () => {
    using folder = tempFolder();
    const file = join(folder.path, 'x.db');
    writeFileSync(file, 'scribble'.repeat(1_000));
    using db = new DatabaseSync(file, { readOnly: true });
    expect(refusal(() => requireSoundStore(db, 'store x'))).toMatch(/^store_corrupt: store x is damaged/);
  });

  test('names the damage of a page, which belongs to no inbox', () => {
    using db = emptyStore();
    insertMessage(db, { seq: 1, inbox: 'ada', inbox_seq: 1, max_attempts: 5 });
    db.enableDefensive(false);
    // As if what the column must hold had been torn out of the row.
    db.exec(`PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = replace(sql, 'subject TEXT,', 'subject TEXT NOT NULL,') WHERE name = 'messages';
      PRAGMA writable_schema = RESET`);
    expect(refusal(() => requireSoundStore(db, 'store x'))).toMatch(
      /^store_corrupt: store x is damaged \(page damage: /,
    );
  });
});

test('a leased message without a lease contradicts itself', () => {
  using db = emptyStore();
  insertMessage(db, { seq: 7, inbox: 'ada', inbox_seq: 1, max_attempts: 5, state: 2, gen: 3 });
  expect(checkConservation(db)).toEqual([
    { what: 'contradiction', inbox: 'ada', detail: 'message at change 7 in state 2 has columns of another state' },
  ]);
});

test('a file that says otherwise than the writer remembers is told', async () => {
  using folder = tempFolder();
  const file = join(folder.path, 'waggle.db');
  await using store = await openStoreAt(file);
  await sendTexts(store, ['one', 'two']);
  const db = new DatabaseSync(file);
  db.exec(`UPDATE messages SET state = 6, settled_at = 1 WHERE body = 'two'`);
  db.close();
  const { problems } = await store.messages.verify();
  expect(problems).toContainEqual({ what: 'ledger drift', detail: '2 ready in memory, 1 in the file' });
});
