import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultBackoff } from '../../src/backoff.ts';
import { systemClock } from '../../src/clock.ts';
import { defaultLimits } from '../../src/message/limits.ts';
import { migrations, statementsOf } from '../../src/store/sqlite/migrate.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';
import { schemaOf, writeOldStore } from '../support/old-store.ts';

/**
 * T13: a hub killed at any statement of any migration leaves a store of the old version or of the new one, with every
 * message in it. Each store that ever existed is brought to the present from its own version.
 */
const bodies = ['first', 'second', 'third'];

/** Every kill: the version the store starts at, and the pass of the statement point it is killed at. */
const kills = migrations.flatMap((_, from) => {
  const statements = migrations.slice(from).flatMap(statementsOf);
  const passes = statements.map((_statement, at) => ({ from, point: `store.migrate.statement:${at + 1}` }));
  const commits = migrations.slice(from).flatMap((_migration, at) => [
    { from, point: `store.migrate.statements:${at + 1}` },
    { from, point: `store.migrate.committed:${at + 1}` },
  ]);
  return [...passes, ...commits, { from, point: 'store.epoch.raised' }, { from, point: 'store.epoch.committed' }];
});

const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 1_000_000);
const isLong = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1) > 1;
/** The newest upgrade is killed everywhere; of all others a seeded sample stands for the rest in the short run. */
const random = seededRandom(seed);
const chosen = kills.filter(({ from }) => isLong || from === migrations.length - 1 || random() < 0.06);

/** What a clean store of each version holds. */
function cleanSchemas(): Map<number, string[]> {
  using folder = tempFolder();
  const schemas = new Map<number, string[]>([[0, []]]);
  for (let version = 1; version <= migrations.length; version += 1) {
    const file = join(folder.path, `${version}.db`);
    writeOldStore(file, version, []);
    schemas.set(version, schemaOf(file).tables);
  }
  return schemas;
}

describe(`kill -9 at ${chosen.length} of ${kills.length} moments of the migrations (seed ${seed})`, () => {
  const clean = cleanSchemas();

  test.each(chosen)('from version $from at $point', async ({ from, point }) => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    const file = join(dir, 'waggle.db');
    if (from > 0) {
      mkdirSync(dir, { mode: 0o700 });
      writeOldStore(file, from, bodies);
    }
    await using hub = spawnHub(dir, { WAGGLE_FAILPOINT: point });
    expect((await hub.ended).signal, `${point} was never passed`).toBe('SIGKILL');

    const { version, tables } = existsSync(file) ? schemaOf(file) : { version: 0, tables: [] };
    expect(version).toBeGreaterThanOrEqual(from);
    expect(tables).toEqual(clean.get(version));

    await using store = await openSqliteStore({
      file,
      clock: systemClock,
      random: Math.random,
      limits: defaultLimits,
      backoff: defaultBackoff,
    });
    expect(schemaOf(file)).toEqual({ version: migrations.length, tables: clean.get(migrations.length) });
    const kept = from > 0 ? await store.messages.lease({ inbox: 'ada', limit: 10, leaseMs: 60_000 }) : [];
    expect(kept.map((message) => message.body)).toEqual(from > 0 ? bodies : []);
    for (const message of kept) await store.messages.ack(message);
    expect((await store.messages.verify()).problems).toEqual([]);
  });
});
