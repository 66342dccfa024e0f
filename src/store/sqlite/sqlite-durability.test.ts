import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { defaultBackoff } from '../../backoff.ts';
import { defaultLimits } from '../../message/limits.ts';
import type { AcceptRequest } from '../../message/message-store.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { asOfVersion1 } from '../../testing/old-schema.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import { engineFailureOf, mapSqliteError, openDatabase, requireFullSync } from './database.ts';
import { inspectStore } from './inspect.ts';
import { migrations } from './migrate.ts';
import { openSqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';

/** What only a store on disk promises: one writer, whole files, and never "empty" for "unreadable". */
function options(file: string, more: Partial<SqliteStoreOptions> = {}): SqliteStoreOptions {
  return { file, clock: new ManualClock(), random: () => 0.5, limits: defaultLimits, backoff: defaultBackoff, ...more };
}

const request: AcceptRequest = {
  inboxes: ['ada'],
  from: 'bob',
  body: 'hello',
  bodyType: 'text',
  kind: 'text',
  priority: 'normal',
  maxAttempts: 5,
};

async function storeWithOneMessage(file: string, more: Partial<SqliteStoreOptions> = {}) {
  const store = await openSqliteStore(options(file, more));
  await store.agents.add({ id: 'ada', skills: [] });
  const [receipt] = await store.messages.accept([request]);
  return { store, id: receipt?.ids[0] ?? '' };
}

describe('the connection', () => {
  test('syncs every commit, set explicitly and read back', () => {
    using folder = tempFolder();
    const db = openDatabase(join(folder.path, 'x.db'));
    db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    requireFullSync(db);
    db.exec('PRAGMA synchronous = NORMAL');
    expect(() => requireFullSync(db)).toThrow(/synchronous is not FULL/);
    db.close();
  });

  test('engine failures become typed errors that say what to do', () => {
    const failure = (errcode: number) => Object.assign(new Error('engine text'), { errcode });
    const codes = [13, 4874, 11, 26, 10, 14, 5, 6, 8, 1].map(
      (errcode) => mapSqliteError(failure(errcode), 'store x').code,
    );
    expect(codes).toEqual([
      'disk_full',
      'disk_full',
      'store_corrupt',
      'store_corrupt',
      'store_failed',
      'store_failed',
      'store_busy',
      'store_busy',
      'store_read_only',
      'internal',
    ]);
    expect(engineFailureOf(new Error('not of the engine'))).toBeUndefined();
  });
});

describe('one writer', () => {
  test('a second is refused and touches nothing; the first goes on', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const { store } = await storeWithOneMessage(file);
    await expect(openSqliteStore(options(file))).rejects.toMatchObject({ code: 'hub_already_running' });
    expect(await store.messages.stats()).toMatchObject({ accepted: 1 });
    await store.close();
    await store.close();
    const next = await openSqliteStore(options(file));
    expect(await next.messages.stats()).toMatchObject({ accepted: 1 });
    await next.close();
  });

  test('a writer that was replaced while it slept is fenced before its next commit', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const { store } = await storeWithOneMessage(file);
    const usurper = new DatabaseSync(file);
    usurper.exec(`UPDATE meta SET value = CAST(value + 1 AS TEXT) WHERE key = 'epoch'`);
    usurper.close();
    await expect(store.messages.accept([request])).rejects.toMatchObject({ code: 'store_fenced' });
    await expect(store.messages.accept([request])).rejects.toMatchObject({ code: 'store_fenced' });
    await expect.poll(() => store.health().state).toBe('read-only');
    await store.close();
    expect(inspectStore(file)).toMatchObject({ ok: true, messages: 1 });
  });

  test('closed while it recovers, it does not open the file again: that is another writer’s now', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const { store } = await storeWithOneMessage(file);
    // An engine failure inside a body is one of the group, as a failing disk would make it.
    const failing = store.transaction(() => Promise.reject(Object.assign(new Error('disk'), { errcode: 10 })));
    await expect(failing).rejects.toMatchObject({ code: 'store_failed' });
    await store.close();
    await using next = await openSqliteStore(options(file));
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect([store.health().state, (await next.messages.accept([request])).length]).toEqual(['closed', 1]);
  });

  test('a file that is removed under the hub stops it instead of filling a hole', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const { store } = await storeWithOneMessage(file);
    const told: string[] = [];
    store.onHealth((health) => told.push(health.state));
    rmSync(file);
    await expect(store.messages.accept([request])).rejects.toMatchObject({ code: 'store_missing' });
    await expect.poll(() => told).toEqual(['recovering', 'read-only']);
    await store.close();
  });
});

describe('unreadable is never empty', () => {
  const refusals: {
    name: string;
    prepare: (file: string) => Promise<void> | void;
    more?: Partial<SqliteStoreOptions>;
    code: string;
  }[] = [
    {
      name: 'a store of a newer version',
      code: 'schema_too_new',
      prepare: async (file) => {
        await (await storeWithOneMessage(file)).store.close();
        const db = new DatabaseSync(file);
        db.exec('PRAGMA user_version = 99');
        db.close();
      },
    },
    {
      name: 'somebody else’s database',
      code: 'store_corrupt',
      prepare: (file) => {
        const db = new DatabaseSync(file);
        db.exec('CREATE TABLE theirs (x)');
        db.close();
      },
    },
    {
      name: 'a header that was scribbled over',
      code: 'store_corrupt',
      prepare: async (file) => {
        await (await storeWithOneMessage(file)).store.close();
        const handle = openSync(file, 'r+');
        writeSync(handle, 'garbagegarbage', 40);
        closeSync(handle);
      },
    },
    {
      name: 'a file that is no database',
      code: 'store_corrupt',
      prepare: (file) => writeFileSync(file, 'x'.repeat(9_000)),
    },
    {
      name: 'damaged pages',
      code: 'store_corrupt',
      prepare: async (file) => {
        const { store } = await storeWithOneMessage(file);
        for (let n = 0; n < 200; n += 1) await store.messages.accept([{ ...request, body: 'x'.repeat(500) }]);
        await store.close();
        const handle = openSync(file, 'r+');
        for (let page = 2; page < 40; page += 1) writeSync(handle, Buffer.alloc(1_000, 0xa5), 0, 1_000, page * 4_096);
        closeSync(handle);
      },
    },
    {
      name: 'a missing file of a swarm that had one',
      code: 'store_missing',
      more: { expectSwarmId: 'ab' },
      prepare: () => {},
    },
    {
      name: 'an emptied file',
      code: 'store_missing',
      more: { expectSwarmId: 'ab' },
      prepare: async (file) => {
        await (await storeWithOneMessage(file)).store.close();
        truncateSync(file, 0);
      },
    },
    {
      name: 'the file of another swarm',
      code: 'store_missing',
      more: { expectSwarmId: 'ab' },
      prepare: async (file) => (await storeWithOneMessage(file)).store.close(),
    },
  ];

  test.each(refusals)('$name is refused and left as it is', async ({ prepare, more, code }) => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    await prepare(file);
    const before = statSync(file, { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(file);
    await expect(openSqliteStore(options(file, more ?? {}))).rejects.toMatchObject({ code });
    if (before !== undefined && code !== 'store_missing') expect(readFileSync(file).equals(before)).toBe(true);
    if (before === undefined) expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });

  test('damage that appears while the hub runs stops it: no further success, nothing half done', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const { store } = await storeWithOneMessage(file);
    for (let n = 0; n < 400; n += 1) await store.messages.accept([{ ...request, body: 'y'.repeat(2_000) }]);
    // Through the WAL's own checkpoint the pages reach the file; then something scribbles over them.
    const other = new DatabaseSync(file);
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    other.close();
    const handle = openSync(file, 'r+');
    const { size } = statSync(file);
    writeSync(handle, Buffer.alloc(size - 4_096 * 2, 0xa5), 0, size - 4_096 * 2, 4_096 * 2);
    closeSync(handle);
    const cold = join(folder.path, 'copy.db');
    copyFileSync(file, cold);
    expect(inspectStore(cold).ok).toBe(false);
    await expect(openSqliteStore(options(cold))).rejects.toMatchObject({ code: 'store_corrupt' });
    await store.close();
  });

  test('an inspection reports damage and missing files without throwing the first', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    expect(() => inspectStore(file)).toThrow(/does not exist/);
    await (await storeWithOneMessage(file)).store.close();
    expect(inspectStore(file)).toMatchObject({ ok: true, messages: 1, schema: migrations.length, problems: [] });
    const db = new DatabaseSync(file);
    db.exec('UPDATE messages SET inbox_seq = 7');
    db.close();
    expect(inspectStore(file).problems).toMatchObject([{ what: 'conservation', inbox: 'ada' }]);
    const newer = new DatabaseSync(file);
    newer.exec('UPDATE messages SET inbox_seq = 1; PRAGMA user_version = 99');
    newer.close();
    expect(inspectStore(file).problems).toMatchObject([{ what: 'schema_too_new' }]);
    writeFileSync(file, 'scribble'.repeat(2_000));
    expect(inspectStore(file)).toMatchObject({ ok: false, problems: [{ what: 'store_corrupt' }] });
  });

  test('verification finds contradictions the engine cannot know of', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const { store } = await storeWithOneMessage(file);
    await store.messages.accept([request]);
    expect((await store.messages.verify()).problems).toEqual([]);
    await store.close();
    const db = new DatabaseSync(file);
    db.exec('UPDATE messages SET state = 2, inbox_seq = 1');
    db.close();
    const what = inspectStore(file).problems.map((problem) => problem.what);
    expect(what).toContain('place given twice');
    expect(what).toContain('contradiction');
  });
});

describe('opening again', () => {
  test('gives every open lease its full time again, and generations go on rising', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const clock = new ManualClock();
    const { store } = await storeWithOneMessage(file, { clock });
    await store.messages.accept([request]);
    const [held, expired] = await store.messages.lease({ inbox: 'ada', limit: 2, leaseMs: 1_000 });
    if (held === undefined || expired === undefined) throw new Error('two were accepted');
    await store.close();
    clock.jump(3_600_000);
    const again = await openSqliteStore(options(file, { clock }));
    await again.messages.ack(held);
    clock.advance(1_001);
    const [redelivered] = await again.messages.lease({ inbox: 'ada', limit: 1, leaseMs: 1_000 });
    expect(redelivered).toMatchObject({ id: expired.id, attempt: 2 });
    expect(redelivered?.gen).toBeGreaterThan(expired.gen);
    await again.close();
  });

  test('a delay keeps its length when the clock was turned back while the hub was away', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const clock = new ManualClock();
    const { store } = await storeWithOneMessage(file, { clock });
    await store.messages.accept([{ ...request, delayMs: 5_000, priority: 'urgent' }]);
    await store.close();
    clock.jump(-48 * 3_600_000);
    const again = await openSqliteStore(options(file, { clock }));
    clock.advance(5_001);
    expect((await again.messages.lease({ inbox: 'ada', limit: 1, leaseMs: 1_000 }))[0]?.priority).toBe('urgent');
    await again.close();
  });

  test('keeps counting where pruning left off', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const { store } = await storeWithOneMessage(file);
    const [message] = await store.messages.lease({ inbox: 'ada', limit: 1, leaseMs: 1_000 });
    if (message === undefined) throw new Error('one was accepted');
    await store.messages.nack(message, { terminal: true });
    await store.messages.purgeDead({});
    await store.close();
    const again = await openSqliteStore(options(file));
    const [receipt] = await again.messages.accept([request]);
    expect((await again.messages.get(receipt?.ids[0] ?? ''))?.inboxSeq).toBe(2);
    expect(await again.messages.stats()).toMatchObject({ pruned: 1, accepted: 2, ready: 1 });
    expect((await again.messages.verify()).problems).toEqual([]);
    await again.close();
  });

  test('a store of the first version keeps its messages and gains what later versions know', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const keyed = { ...request, idempotencyKey: 'k', contentHash: 'h' };
    const { store } = await storeWithOneMessage(file);
    const [sent] = await store.messages.accept([keyed]);
    await store.close();
    asOfVersion1(file);
    const again = await openSqliteStore(options(file));
    expect(await again.messages.accept([keyed])).toEqual([{ ids: sent?.ids, state: 'ready', duplicate: true }]);
    for (const message of await again.messages.lease({ inbox: 'ada', limit: 2, leaseMs: 1_000 }))
      await again.messages.nack(message, { terminal: true });
    await again.messages.purgeDead({});
    await again.close();
    const later = await openSqliteStore(options(file));
    expect(await later.messages.accept([keyed])).toEqual([{ ids: sent?.ids, state: 'dead', duplicate: true }]);
    await later.close();
    expect(inspectStore(file)).toMatchObject({ ok: true, schema: migrations.length, messages: 0 });
  });

  test('kept keys are dropped as new ones come, once their time is over; those of salvaged entries stay', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const clock = new ManualClock();
    const { store } = await storeWithOneMessage(file, { clock });
    const kill = async (more: Partial<AcceptRequest>) => {
      await store.messages.accept([{ ...request, state: 'dead', contentHash: 'h', ...more }]);
      await store.messages.purgeDead({});
    };
    for (const idempotencyKey of ['a', 'b', 'c']) await kill({ idempotencyKey });
    await kill({ idempotencyKey: 'salvaged', provenance: {} });
    clock.advance(defaultLimits.idempotencyMs + 1);
    for (const idempotencyKey of ['d', 'e']) await kill({ idempotencyKey });
    await store.close();
    const db = new DatabaseSync(file);
    const kept = db.prepare('SELECT idempotency_key AS key FROM kept_keys ORDER BY key').all();
    db.close();
    expect(kept.map(({ key }) => key)).toEqual(['d', 'e', 'salvaged']);
  });
});
