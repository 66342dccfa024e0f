import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Measured, writeBigQueue } from '../support/measure-recovery.ts';

const script = new URL('../support/measure-recovery.ts', import.meta.url).pathname;

test('64 MiB take less than a second per MiB and four times the file in memory, listing included', {
  timeout: 120_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'waggle-big-'));
  try {
    const path = join(folder, 'queue.json');
    const measure = (mebibytes: number): Measured => {
      writeBigQueue(path, mebibytes * 2 ** 20);
      return JSON.parse(execFileSync(process.execPath, [script, path], { encoding: 'utf8' })) as Measured; // Its own format.
    };
    const small = measure(8);
    const big = measure(64);
    expect(big.cpuMs / (big.bytes / 2 ** 20)).toBeLessThan(1000);
    expect(big.peakGrowth).toBeLessThan(4 * big.bytes);
    // Linear: eight times the file may not take much more than eight times as long (a factor 3 for collection and a busy machine).
    expect(big.cpuMs / big.bytes).toBeLessThan((3 * small.cpuMs) / small.bytes);
    const speed = Math.round(big.bytes / 2 ** 20 / (big.cpuMs / 1000));
    process.stdout.write(
      `recovery of 64 MiB: ${speed} MiB/s, peak ${(big.peakGrowth / big.bytes).toFixed(2)} x file\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
