import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Measured, writeBigQueue } from '../support/measure-recovery.ts';

const script = new URL('../support/measure-recovery.ts', import.meta.url).pathname;

test('64 MiB take less than four times the file in memory, listing included', {
  timeout: 120_000,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'waggle-big-'));
  try {
    const path = join(folder, 'queue.json');
    writeBigQueue(path, 64 * 2 ** 20);
    const big = JSON.parse(execFileSync(process.execPath, [script, path], { encoding: 'utf8' })) as Measured; // Its own format.
    expect(big.peakGrowth).toBeLessThan(4 * big.bytes);
    // How long it takes is told, not judged: steps are counted in recovery-linear.test.ts.
    const speed = Math.round(big.bytes / 2 ** 20 / (big.cpuMs / 1000));
    process.stdout.write(
      `recovery of 64 MiB: ${speed} MiB/s, peak ${(big.peakGrowth / big.bytes).toFixed(2)} x file\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
