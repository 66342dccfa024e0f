import { execFile } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Swarm } from '../../src/sdk/swarm.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';
import { conversation } from '../support/power-loss/conversation.ts';
import { Disk } from '../support/power-loss/disk.ts';
import { hasCompiler, type PowerRecord } from '../support/power-loss/power-log.ts';
import { recordHubs, storeSettings } from '../support/power-loss/recorded-hub.ts';
import { hasStrace } from '../support/strace.ts';

/**
 * T1: what is answered has been synced, counted at the system call. Settings can be read back and still lie; the
 * kernel's count cannot. Skipped where strace is missing; CI installs it.
 */
const child = fileURLToPath(new URL('sync-child.ts', import.meta.url));

async function syncs(file: string, work: string, count: number): Promise<number> {
  using folder = tempFolder();
  const counts = join(folder.path, 'counts');
  const env = { ...process.env, NODE_V8_COVERAGE: '' };
  const args = [
    '-f',
    '-c',
    '-o',
    counts,
    '-e',
    'trace=fsync,fdatasync',
    process.execPath,
    child,
    file,
    work,
    String(count),
  ];
  await promisify(execFile)('strace', args, { env });
  const lines = readFileSync(counts, 'utf8').split('\n');
  // Columns: % time, seconds, usecs/call, calls, [errors,] syscall.
  return lines
    .filter((line) => /\bf(data)?sync$/.test(line.trim()))
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[3]), 0);
}

describe.skipIf(!hasStrace)('sync discipline (needs strace)', () => {
  test('every accept is synced before its answer, on a new store and on a reopened one', async () => {
    using folder = tempFolder();
    const idleOnNew = await syncs(join(folder.path, 'idle.db'), 'nothing', 0);
    const file = join(folder.path, 'waggle.db');
    expect((await syncs(file, 'accepts', 200)) - idleOnNew).toBeGreaterThanOrEqual(200);
    const idleOnReopened = await syncs(file, 'nothing', 0);
    expect((await syncs(file, 'accepts', 200)) - idleOnReopened).toBeGreaterThanOrEqual(200);
  });

  test('the count sees a connection that does not sync', async () => {
    using folder = tempFolder();
    expect(await syncs(join(folder.path, 'control.db'), 'control', 200)).toBeLessThan(20);
  });

  test('a lease needs no sync of its own', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    await syncs(file, 'accepts', 200);
    const idle = await syncs(file, 'nothing', 0);
    expect((await syncs(file, 'leases', 0)) - idle).toBeLessThan(10);
  });

  test('1,000 lives of 64 callers cost at most 120 syncs', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'waggle.db');
    await syncs(file, 'nothing', 0);
    const idle = await syncs(file, 'nothing', 0);
    const busy = (await syncs(file, 'lives', 1_000)) - idle;
    expect(busy).toBeLessThanOrEqual(120);
    expect(busy).toBeGreaterThanOrEqual(1_000 / 64);
  });
});

/**
 * The same for each answer: when it left through the socket, had the log of the store been synced since it was last
 * written? Counted by a recorder under a real hub; skipped where gcc is missing, CI installs it.
 */
describe.skipIf(!hasCompiler)(
  'every accept is synced between its last write and its answer (needs Linux and gcc)',
  () => {
    const perHub = 200;

    async function send(clients: readonly Swarm[], run: number): Promise<void> {
      const [first] = clients;
      if (run === 0) await first?.agents.add({ id: 'ada' });
      // The report opens a second connection to the store while the hub goes on writing.
      const reading = first?.queue.verify();
      await Promise.all(
        clients.map(async (swarm, client) => {
          for (let n = 0; n < perHub / clients.length; n += 1) {
            await swarm.send({ to: 'ada', body: `${run} ${client} ${n} ${'x'.repeat(500)}` });
          }
        }),
      );
      await reading;
    }

    function count(records: readonly PowerRecord[], root: string): { answered: number; unsynced: number } {
      const disk = new Disk(root);
      const answers = new Set(
        conversation(records).flatMap(({ op, answeredAt, result }) =>
          op === 'message.send' && result !== undefined ? [answeredAt] : [],
        ),
      );
      let unsynced = 0;
      for (const [at, record] of records.entries()) {
        if (answers.has(at) && disk.unsynced(join(root, '.waggle', 'waggle.db-wal')) > 0) unsynced += 1;
        disk.feed(record);
      }
      return { answered: answers.size, unsynced };
    }

    test('on a new store, reopened, after a kill, after a vacuum, and with a second connection: 1,000 of 1,000', async () => {
      using folder = tempFolder();
      const path = realpathSync(folder.path);
      const vacuum = (store: string) => [
        '-e',
        `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(store)}).exec('VACUUM')`,
      ];
      const records = await recordHubs({
        folder: path,
        ends: ['stopped', 'killed', 'stopped', 'killed', 'killed'],
        clients: 8,
        before: (run, store, env) =>
          run === 3
            ? promisify(execFile)(process.execPath, vacuum(store), { env: { ...process.env, ...env } })
            : undefined,
        work: send,
      });
      // Answers to several clients may leave together, but never in one write: each has a socket of its own.
      expect(count(records, join(path, 'disk'))).toEqual({ answered: 5 * perHub, unsynced: 0 });
    });

    test('a hub whose connection does not sync is caught', async () => {
      using folder = tempFolder();
      const path = realpathSync(folder.path);
      const env = storeSettings({ WAGGLE_TEST_SYNC_OFF: '1' });
      const records = await recordHubs({ folder: path, ends: ['killed'], clients: 8, env, work: send });
      const { answered, unsynced } = count(records, join(path, 'disk'));
      expect([answered, unsynced > answered / 2]).toEqual([perHub, true]);
    });
  },
);
