import { DatabaseSync } from 'node:sqlite';
import { defaultBackoff } from '../../src/backoff.ts';
import { systemClock } from '../../src/clock.ts';
import { defaultLimits } from '../../src/message/limits.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { acceptMany, drain, liveMany, registerAgents } from '../../src/testing/lives.ts';

/** What sync-discipline.test.ts runs under strace: `sync-child.ts FILE WORK COUNT`. */
const [file = '', work = '', count = '0'] = process.argv.slice(2);
const n = Number(count);

if (work === 'control') {
  // The negative control: the same commits on a connection that does not sync them.
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE IF NOT EXISTS t (x)');
  for (let index = 0; index < n; index += 1) db.exec('INSERT INTO t VALUES (1)');
  db.close();
} else {
  const store = await openSqliteStore({
    file,
    clock: systemClock,
    random: Math.random,
    limits: defaultLimits,
    backoff: defaultBackoff,
  });
  await registerAgents(store);
  if (work === 'accepts') await acceptMany(store, n, 1);
  if (work === 'leases') await drain(store, 1, { ack: false });
  if (work === 'lives') await liveMany(store, n, 64);
  if (work === 'drain') await drain(store, 64);
  await store.close();
}
