import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { describe, expect, test, vi } from 'vitest';
import { defaultBackoff } from '../../backoff.ts';
import { systemClock } from '../../clock.ts';
import type { WaggleError } from '../../errors.ts';
import { defaultLimits } from '../../message/limits.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import type { StoreHealth } from '../store.ts';
import { openDatabase } from './database.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';
import { WalKeeper, walAlarmBytes } from './wal-keeper.ts';

// Tens of megabytes, synced a megabyte at a time.
vi.setConfig({ testTimeout: 120_000 });

/** T9: the log stays small by itself, or somebody is told. */
const mebibyte = 1024 * 1024;
const limits = { ...defaultLimits, inboxBytes: 1_024 * mebibyte };

function openStore(file: string): Promise<SqliteStore> {
  return openSqliteStore({ file, clock: systemClock, random: Math.random, limits, backoff: defaultBackoff });
}

/** A mebibyte of messages in one commit; returns the size of the log after it. */
async function writeMebibyte(store: SqliteStore, file: string): Promise<number> {
  const message = { inboxes: ['ada'], from: 'test', body: 'x'.repeat(mebibyte / 4), kind: 'text', maxAttempts: 5 };
  await store.messages.accept(Array.from({ length: 4 }, () => ({ ...message, bodyType: 'text', priority: 'normal' })));
  return statSync(`${file}-wal`).size;
}

/** Resolves with the first health that is as wanted, from now on. */
function healthWhere(store: SqliteStore, wanted: (health: StoreHealth) => boolean): Promise<StoreHealth> {
  return new Promise((resolve) => {
    const remove = store.onHealth((health) => {
      if (!wanted(health)) return;
      remove();
      resolve(health);
    });
  });
}

describe('the log of the store', () => {
  test('stays below its bound however much is written', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    await using store = await openStore(file);
    await store.agents.add({ id: 'ada', skills: [] });
    let largest = 0;
    for (let written = 0; written < 80; written += 1) largest = Math.max(largest, await writeMebibyte(store, file));
    expect(largest).toBeLessThan(walAlarmBytes);
    expect(store.health()).toEqual({ state: 'open', engine: 'sqlite' });
  });

  test('raises an alarm when a reader keeps it from being emptied, and shrinks when the reader is gone', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    await using store = await openStore(file);
    await store.agents.add({ id: 'ada', skills: [] });
    using reader = new DatabaseSync(file, { readOnly: true });
    reader.exec('BEGIN; SELECT count(*) FROM messages');
    const alarm = healthWhere(store, ({ warning }) => warning !== undefined);
    let size = 0;
    while (size < walAlarmBytes + 8 * mebibyte) size = await writeMebibyte(store, file);
    expect((await alarm).warning).toMatch(/^wal_large: .* past 64 MiB.*fuser/);
    expect(store.health().state).toBe('open');

    const over = healthWhere(store, ({ warning }) => warning === undefined);
    reader.exec('COMMIT');
    await over;
    // The next commits begin the log anew, and cut the file back.
    expect(await writeMebibyte(store, file)).toBeLessThanOrEqual(walAlarmBytes);
    expect((await store.messages.verify()).problems).toEqual([]);
  });

  test('that cannot be moved is told as a failure of the store, once', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    using db = openDatabase(file);
    db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(5000000))');
    const elsewhere = join(folder.path, 'nowhere', 'waggle.db');
    const failure = await new Promise<WaggleError>((resolve) => {
      const onWarning = () => {};
      const keeper = new WalKeeper({ db, file: elsewhere, clock: systemClock, onWarning, onFailure: resolve });
      keeper.look();
    });
    expect(failure).toMatchObject({ code: 'store_failed', message: expect.stringContaining('could not be moved') });
  });

  test('that the engine cannot even look at is told the same way', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    using db = openDatabase(file);
    const failures: string[] = [];
    const onFailure = ({ code }: WaggleError) => failures.push(code);
    const failing = {
      get() {
        throw new Error('disk I/O error');
      },
    };
    db.prepare = () => failing as unknown as StatementSync; // all that a keeper asks of one
    const keeper = new WalKeeper({ db, file, clock: systemClock, onWarning: () => {}, onFailure });
    keeper.look();
    keeper.look();
    expect(failures).toEqual(['store_failed']);
  });
});
