import { closeSync, copyFileSync, openSync, renameSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { openStoreAt, sendTexts } from '../../testing/store-at.ts';
import { tempFolder } from '../../testing/temp-hub.ts';

async function storeIn(path: string) {
  const file = join(path, 'waggle.db');
  const store = await openStoreAt(file);
  await sendTexts(
    store,
    Array.from({ length: 200 }, (_, each) => `message ${each} ${'x'.repeat(500)}`),
  );
  return { file, store };
}

describe('the file of a store', () => {
  test.each([
    ['missing', (file: string) => rmSync(file), 'missing'],
    ['renamed away', (file: string) => renameSync(file, `${file}.old`), 'missing'],
    [
      'another one',
      (file: string) => {
        copyFileSync(file, `${file}.copy`);
        renameSync(`${file}.copy`, file);
      },
      'replaced',
    ],
    ['emptied', (file: string) => truncateSync(file, 0), 'unreadable'],
    [
      'overwritten at its beginning',
      (file: string) => {
        const handle = openSync(file, 'r+');
        writeSync(handle, 'not a store at all', 0);
        closeSync(handle);
      },
      'unreadable',
    ],
  ])('that is %s is seen without the engine', async (_what, harm, state) => {
    using folder = tempFolder();
    const { file, store } = await storeIn(folder.path);
    await using _store = store;
    expect(await store.watch.examine()).toEqual({ state: 'sound' });
    harm(file);
    expect(await store.watch.examine()).toMatchObject({ state, detail: expect.any(String) });
    expect(store.health().state).toBe('open');
    await store.close().catch(() => {});
  });

  test('and its log have a size, the disk has room', async () => {
    using folder = tempFolder();
    const { file, store } = await storeIn(folder.path);
    await using _store = store;
    const { storeBytes, logBytes, diskFreeBytes = 0, diskTotalBytes = 0 } = await store.watch.sizes();
    expect([storeBytes, logBytes]).toEqual([statSync(file).size, statSync(`${file}-wal`).size]);
    expect(diskFreeBytes).toBeGreaterThan(0);
    expect(diskTotalBytes).toBeGreaterThanOrEqual(diskFreeBytes);
    expect(store.watch.commitTimes().count).toBeGreaterThan(0);
  });
});

describe('an integrity check', () => {
  test('goes table by table, beside a writer that goes on', async () => {
    using folder = tempFolder();
    const { store } = await storeIn(folder.path);
    await using _store = store;
    let sent = 0;
    const report = await store.watch.check(async () => {
      sent += (await sendTexts(store, ['meanwhile'])).length;
    });
    expect(report).toMatchObject({ problems: [] });
    expect(report.slices).toBeGreaterThan(10);
    expect(sent).toBe(report.slices - 1);
  });

  test('finds a damaged page that no reader has met', async () => {
    using folder = tempFolder();
    const { file, store } = await storeIn(folder.path);
    await using _store = store;
    const db = new DatabaseSync(file);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const root = db.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'messages'`).get()?.['rootpage'];
    db.close();
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(4_096, 0xa5), 0, 4_096, (Number(root) - 1) * 4_096);
    closeSync(handle);
    const { problems } = await store.watch.check(async () => {});
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toMatchObject({ what: 'page damage' });
  });

  test('that cannot be made is an error, not a clean bill', async () => {
    using folder = tempFolder();
    const { file, store } = await storeIn(folder.path);
    await using _store = store;
    rmSync(file);
    await expect(store.watch.check(async () => {})).rejects.toMatchObject({ code: 'store_missing' });
  });

  test('ends with whoever asked for it', async () => {
    using folder = tempFolder();
    const { store } = await storeIn(folder.path);
    await using _store = store;
    const stopped = store.watch.check(() => Promise.reject(new Error('stopped')));
    await expect(stopped).rejects.toThrow('stopped');
  });
});
