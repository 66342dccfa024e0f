import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../../src/testing/temp-hub.ts';
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
