import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { pruneAll } from '../../message/retention.ts';
import { openStoreAt, sendTexts } from '../../testing/store-at.ts';
import { tempFolder } from '../../testing/temp-hub.ts';

/** A store file in which 40 messages of 20 kB were acked, indexed and pruned, and one is open. */
async function prunedStore(file: string) {
  await using store = await openStoreAt(file);
  await sendTexts(store, [...Array.from({ length: 40 }, () => 'needle '.repeat(3_000)), 'open needle']);
  while ((await store.messages.indexNext(100)) > 0);
  const before = await store.retention.size();
  for (const message of await store.messages.lease({ inbox: 'ada', limit: 40, leaseMs: 60_000 })) {
    await store.messages.ack(message);
  }
  await pruneAll(store, { states: ['acked'], settledForMs: 0 }, async () => {});
  return { before, through: await store.events.prunedThrough() };
}

test('what was pruned stays counted, and is known to be missing, after the file is opened again', async () => {
  using folder = tempFolder();
  const file = join(folder.path, 'waggle.db');
  const { through } = await prunedStore(file);
  await using again = await openStoreAt(file);
  expect(await again.messages.stats()).toMatchObject({ ready: 1, acked: 0, pruned: 40, accepted: 41 });
  expect(await again.events.prunedThrough()).toBe(through);
  expect(through).toBeGreaterThan(0);
  expect((await again.messages.verify()).problems).toEqual([]);
});

test('the full-text index holds nothing of what was pruned', async () => {
  using folder = tempFolder();
  const file = join(folder.path, 'waggle.db');
  await prunedStore(file);
  const db = new DatabaseSync(file);
  // Compares the index, word by word, with the rows that are there; throws when it holds more or less.
  db.exec(`INSERT INTO messages_fts (messages_fts, rank) VALUES ('integrity-check', 1)`);
  db.close();
});

test('the file itself becomes smaller', async () => {
  using folder = tempFolder();
  const file = join(folder.path, 'waggle.db');
  const { before } = await prunedStore(file);
  {
    await using store = await openStoreAt(file);
    while ((await store.retention.giveBack(32)) > 0);
    expect((await store.retention.size()).freeBytes).toBe(0);
  }
  expect(statSync(file).size).toBeLessThan(before.usedBytes / 2);
});
