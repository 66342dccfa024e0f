import { execFile } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { defaultBackoff } from '../../backoff.ts';
import { defaultLimits } from '../../message/limits.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import type { StoreInspection } from './inspect.ts';
import { openToInspect } from './inspected-store.ts';
import { openSqliteStore } from './sqlite-store.ts';

/** Somebody whom permissions stop, as they would not stop root. */
const nobody = 65_534;
const worker = new URL('./inspect.ts', import.meta.url).href;

/** A store of one message: closed, so that there is no log, or as it lies there while a hub has it open. */
async function storeIn(folder: string, options: { withLog: boolean }): Promise<string> {
  const file = join(folder, 'waggle.db');
  const store = await openSqliteStore({
    file,
    clock: new ManualClock(),
    random: () => 0.5,
    limits: defaultLimits,
    backoff: defaultBackoff,
  });
  await store.agents.add({ id: 'ada', skills: [] });
  const request = { from: 'bob', body: 'hello', bodyType: 'text', kind: 'text', priority: 'normal' } as const;
  await store.messages.accept([{ ...request, inboxes: ['ada'], maxAttempts: 5 }]);
  const lying = join(folder, 'read-only');
  mkdirSync(lying);
  const names = options.withLog ? ['waggle.db', 'waggle.db-wal'] : ['waggle.db'];
  if (!options.withLog) await store.close();
  for (const name of names) copyFileSync(join(folder, name), join(lying, name));
  if (options.withLog) await store.close();
  return join(lying, 'waggle.db');
}

/** Takes the right to write away from whoever looks, and hands the place over when root runs the tests. */
function makeReadOnly(folder: string): { uid?: number } {
  const isRoot = process.getuid?.() === 0;
  for (const name of readdirSync(folder)) {
    chmodSync(join(folder, name), 0o444);
    if (isRoot) chownSync(join(folder, name), nobody, nobody);
  }
  chmodSync(folder, 0o555);
  chmodSync(join(folder, '..'), 0o755);
  return isRoot ? { uid: nobody } : {};
}

/** In a process of that user. It may not write where coverage is gathered, so its own goes through a folder of its own. */
async function inspectAs(who: { uid?: number }, file: string): Promise<StoreInspection> {
  using coverage = tempFolder();
  chmodSync(coverage.path, 0o777);
  const gathered = process.env['NODE_V8_COVERAGE'];
  const env = { ...process.env, NODE_V8_COVERAGE: gathered ? coverage.path : '' };
  const script = `const { inspectStore } = await import(${JSON.stringify(worker)}); console.log(JSON.stringify(inspectStore(process.argv[1])));`;
  const args = ['--input-type=module', '-e', script, file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { ...who, cwd: '/', env });
  if (gathered) {
    mkdirSync(gathered, { recursive: true });
    for (const name of readdirSync(coverage.path)) copyFileSync(join(coverage.path, name), join(gathered, name));
  }
  return JSON.parse(stdout) as StoreInspection; // printed by the script above
}

describe('a store on a read-only disk', () => {
  test.each([
    { withLog: false, caveat: /none here/ },
    { withLog: true, caveat: /from a copy/ },
  ])('is inspected without a write (log: $withLog), and the answer says how', async ({ withLog, caveat }) => {
    using folder = tempFolder();
    const file = await storeIn(folder.path, { withLog });
    const who = makeReadOnly(join(folder.path, 'read-only'));
    const before = readdirSync(join(folder.path, 'read-only')).map((name) => [
      name,
      readFileSync(join(folder.path, 'read-only', name)),
    ]);
    expect(await inspectAs(who, file)).toMatchObject({
      ok: true,
      problems: [],
      messages: 1,
      caveat: expect.stringMatching(caveat),
    });
    const after = readdirSync(join(folder.path, 'read-only')).map((name) => [
      name,
      readFileSync(join(folder.path, 'read-only', name)),
    ]);
    expect(after).toEqual(before);
    chmodSync(join(folder.path, 'read-only'), 0o755);
  });

  test('is opened beside its writer, without a caveat, where that is possible', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'x.db');
    const db = new DatabaseSync(file);
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)');
    using store = openToInspect(file);
    expect(store.caveat).toBeUndefined();
    db.exec('INSERT INTO t VALUES (1)');
    expect(store.db.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 1 });
    expect(() => store.db.exec('INSERT INTO t VALUES (2)')).toThrow(/readonly/);
    db.close();
  });

  test('a missing file is no store, and damage is left to whoever reads', () => {
    using folder = tempFolder();
    const file = join(folder.path, 'x.db');
    expect(() => openToInspect(file)).toThrow(/does not exist/);
    writeFileSync(file, 'scribble'.repeat(1_000));
    using store = openToInspect(file);
    expect(() => store.db.prepare('PRAGMA quick_check').all()).toThrow(/not a database/);
  });
});
