import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { defaultBackoff } from '../../backoff.ts';
import { WaggleError } from '../../errors.ts';
import { defaultLimits } from '../../message/limits.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import { Ballast } from './ballast.ts';
import { priorityOf, stateOf } from './codes.ts';
import { atomically, type Core, statementCache } from './core.ts';
import { GroupWriter, type GroupWriterHooks } from './group-writer.ts';
import { inspectStore } from './inspect.ts';
import { Ledger } from './ledger.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { acquireWriterLock } from './writer-lock.ts';

afterEach(() => vi.restoreAllMocks());

const engineError = (errcode: number) => Object.assign(new Error('engine text'), { errcode });

function coreOf(db: DatabaseSync): Core {
  const ledger = new Ledger(1);
  return {
    db,
    sql: statementCache(db),
    ledger,
    limits: defaultLimits,
    backoff: defaultBackoff,
    random: () => 0.5,
    salt: 0,
    now: () => 0,
    wall: () => 0,
    diskHasRoom: () => true,
  };
}

function writerOf(more: Partial<GroupWriterHooks> = {}) {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE t (x INTEGER UNIQUE)');
  const broken: WaggleError[] = [];
  const full: boolean[] = [];
  const hooks: GroupWriterHooks = {
    onCommit: () => {},
    afterCommit: () => {},
    onBroken: (error) => broken.push(error),
    onDiskFull: ({ releaseReserve }) => full.push(releaseReserve),
    checkOwnership: () => {},
    advance: () => {},
    monotonic: () => 0,
    onSynced: () => {},
    ...more,
  };
  const writer = new GroupWriter(coreOf(db), hooks);
  const rows = () =>
    db
      .prepare('SELECT x FROM t ORDER BY x')
      .all()
      .map((row) => Number(row['x']));
  const insert = (x: number) => (core: Core) => core.sql('INSERT INTO t VALUES (?)').run(x).changes;
  return { writer, broken, full, rows, insert };
}

describe('group commit', () => {
  test('is timed once for all its operations, and not when nothing was synced', async () => {
    let asked = 0;
    const times: number[] = [];
    const { writer, insert } = writerOf({ monotonic: () => (asked += 5), onSynced: (ms) => times.push(ms) });
    await Promise.all(Array.from({ length: 500 }, (_, x) => writer.run(insert(x))));
    expect(times).toEqual([5]);
    expect(asked).toBe(10);
    await writer.run(insert(1_000), 'lazy');
    expect(times).toHaveLength(1);
  });

  test('one operation that cannot be done does not take its neighbours with it', async () => {
    const { writer, rows, insert } = writerOf();
    const outcomes = await Promise.allSettled([writer.run(insert(1)), writer.run(insert(1)), writer.run(insert(2))]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(rows()).toEqual([1, 2]);
  });

  test('on a full disk accepts are refused and settles are tried again with the reserve freed', async () => {
    const { writer, full, rows, insert } = writerOf();
    let tries = 0;
    const outcomes = await Promise.allSettled([
      writer.run(insert(1), 'durable', 'accept'),
      writer.run(
        (core) => {
          tries += 1;
          if (tries === 1) throw engineError(13);
          return insert(2)(core);
        },
        'durable',
        'settle',
      ),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'fulfilled']);
    expect([full, rows()]).toEqual([[true], [2]]);
    const [refused] = await Promise.allSettled([
      writer.run(
        () => {
          throw engineError(13);
        },
        'durable',
        'accept',
      ),
    ]);
    expect(refused).toMatchObject({ reason: { code: 'disk_full' } });
    expect(full).toEqual([true, false]);
  });

  test('an I/O error answers everybody with it and nothing after it is served', async () => {
    const { writer, broken, insert } = writerOf();
    const first = writer.run(() => {
      throw engineError(10);
    });
    const beside = writer.run(insert(1));
    await expect(first).rejects.toMatchObject({ code: 'store_failed' });
    await expect(beside).rejects.toMatchObject({ code: 'store_failed' });
    expect(broken).toHaveLength(1);
    await expect(writer.run(insert(2))).rejects.toMatchObject({ code: 'store_failed' });
    await expect(writer.read(() => 1)).rejects.toMatchObject({ code: 'store_failed' });
  });

  test('an I/O error while operations are repeated one by one stops the rest as well', async () => {
    const { writer, broken, insert } = writerOf();
    let tries = 0;
    const outcomes = await Promise.allSettled([
      writer.run(() => {
        tries += 1;
        throw engineError(tries === 1 ? 13 : 10);
      }),
      writer.run(insert(1)),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(broken.map((error) => error.code)).toEqual(['store_failed']);
  });

  test('a failure that ended the transaction is told as itself, not as a savepoint that is gone', async () => {
    const { writer } = writerOf();
    const failing = writer.run((core) =>
      atomically(core, () => {
        core.db.exec('ROLLBACK');
        throw engineError(13);
      }),
    );
    await expect(failing).rejects.toMatchObject({ code: 'disk_full' });
  });

  test('a read waits for the group that is being written, and its failure is typed', async () => {
    const { writer, insert } = writerOf();
    let release = () => {};
    const body = writer.runBody(async (core) => {
      insert(1)(core);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    await new Promise((resolve) => setImmediate(resolve));
    const look = writer.read((core) => Number(core.sql('SELECT count(*) AS n FROM t').get()?.['n']));
    release();
    expect(await look).toBe(1);
    await body;
    const failing = writer.read(() => {
      throw engineError(11);
    });
    await expect(failing).rejects.toMatchObject({ code: 'store_corrupt' });
    await writer.drain();
  });
});

describe('the writer lock', () => {
  test('a folder that cannot be written is not mistaken for a running hub', () => {
    using folder = tempFolder();
    expect(() => acquireWriterLock(join(folder.path, 'missing', 'waggle.db'))).toThrow(/lock .* (failed|cannot)/);
    using held = acquireWriterLock(join(folder.path, 'waggle.db'));
    expect(() => acquireWriterLock(join(folder.path, 'waggle.db'))).toThrow(/another hub/);
    held[Symbol.dispose]();
    acquireWriterLock(join(folder.path, 'waggle.db'))[Symbol.dispose]();
  });
});

describe('the reserve', () => {
  test('stands while there is room, goes when it must, and comes back', async () => {
    using folder = tempFolder();
    const clock = new ManualClock();
    const file = join(folder.path, 'waggle.db');
    const ballast = new Ballast(file, folder.path, clock);
    const stands = () => statSync(`${file}.ballast`, { throwIfNoEntry: false }) !== undefined;
    expect(await ballast.restore()).toBe(true);
    expect(await ballast.restore()).toBe(true);
    ballast.diskIsFull(false);
    expect([stands(), ballast.hasRoom()]).toEqual([true, false]);
    ballast.diskIsFull(true);
    expect([stands(), ballast.hasRoom()]).toEqual([false, false]);
    clock.advance(1_000);
    expect(ballast.hasRoom()).toBe(true);
    await expect.poll(stands).toBe(true);
  });

  test('a folder that takes no reserve still takes messages', async () => {
    using folder = tempFolder();
    const gone = join(folder.path, 'gone');
    mkdirSync(gone);
    const ballast = new Ballast(join(gone, 'deep', 'waggle.db'), gone, new ManualClock());
    expect(await ballast.restore()).toBe(false);
    expect(ballast.hasRoom()).toBe(true);
  });
});

describe('reading what somebody else wrote', () => {
  test('codes that no version of ours wrote are a defect, not a guess', () => {
    expect(() => stateOf(99)).toThrow('unknown state code 99');
    expect(() => priorityOf(99)).toThrow('unknown priority code 99');
  });

  test('an inspection passes on what is not about damage', () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    writeFileSync(file, '');
    // An empty file is a database without tables: told as a problem, since a store has some.
    expect(inspectStore(file)).toMatchObject({ ok: false });
    const missing = join(folder.path, 'none.db');
    expect(() => inspectStore(missing)).toThrow(WaggleError);
  });

  test('a check whose file went away rejects with the reason', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    const store = await openSqliteStore({
      file,
      clock: new ManualClock(),
      random: () => 0.5,
      limits: defaultLimits,
      backoff: defaultBackoff,
    });
    expect((await store.messages.verify()).problems).toEqual([]);
    rmSync(file);
    await expect(store.messages.verify()).rejects.toMatchObject({ code: 'store_missing' });
    await store.close();
  });

  test('an event about a message finds its row, one about nobody has none', async () => {
    const store = await openSqliteStore({
      file: ':memory:',
      clock: new ManualClock(),
      random: () => 0.5,
      limits: defaultLimits,
      backoff: defaultBackoff,
    });
    await store.agents.add({ id: 'ada', skills: [] });
    const [receipt] = await store.messages.accept([
      { inboxes: ['ada'], from: 'bob', body: 'x', bodyType: 'text', kind: 'text', priority: 'normal', maxAttempts: 5 },
    ]);
    const messageId = receipt?.ids[0] ?? '';
    await store.events.append({ type: 'message.overdue', messageId, data: {} });
    await store.events.append({ type: 'recovery.imported', messageId: 'not an id', data: {} });
    const events = await store.events.read(0, 10);
    expect(events.map((event) => [event.type, event.messageId])).toEqual([
      ['agent.added', undefined],
      ['message.accepted', messageId],
      ['message.overdue', messageId],
      ['recovery.imported', undefined],
    ]);
    expect((await store.messages.verify()).problems).toEqual([]);
    await store.close();
  });

  test('a store that cannot be written is refused with the reason', async () => {
    if (process.getuid?.() === 0) return; // root may write everything
    using folder = tempFolder();
    chmodSync(folder.path, 0o500);
    const file = join(folder.path, 'waggle.db');
    const options = {
      file,
      clock: new ManualClock(),
      random: () => 0.5,
      limits: defaultLimits,
      backoff: defaultBackoff,
    };
    await expect(openSqliteStore(options)).rejects.toBeInstanceOf(WaggleError);
    chmodSync(folder.path, 0o700);
  });
});

describe('the ledger', () => {
  test('takes back what an undone operation did, agents included', () => {
    const ledger = new Ledger(3);
    ledger.addAgent('ada');
    ledger.enter('ada', 'ready', 10);
    ledger.commit();
    const mark = ledger.mark();
    ledger.addAgent('bob');
    ledger.removeAgent('ada');
    ledger.move('ada', 'ready', 'leased', 10);
    ledger.move('ada', 'leased', 'dead', 10);
    ledger.prune('ada', 'dead', 10);
    ledger.nextSeq();
    ledger.rollback(mark);
    expect([...ledger.agents]).toEqual(['ada']);
    expect(ledger.stats('ada')).toMatchObject({ ready: 1, pruned: 0, accepted: 1 });
    expect(ledger.inbox('ada')).toMatchObject({ openMessages: 1, openBytes: 10, lastSeq: 1 });
    expect(ledger.kept).toBe(0);
  });
});
