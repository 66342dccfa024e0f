import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { scanQueue } from '../../src/recovery/queue-scan.ts';
import { legacyEntry } from './legacy-queue.ts';
import { createRandom } from './random.ts';

/** Writes a queue of about `bytes` bytes without holding it in memory. */
export function writeBigQueue(path: string, bytes: number): void {
  const file = openSync(path, 'w');
  const random = createRandom(64);
  let written = writeSync(file, '[');
  for (let index = 0; written < bytes; index += 1) {
    const chunk = Array.from({ length: 1000 }, (_, at) => JSON.stringify(legacyEntry(random, index * 1000 + at))).join(
      ',',
    );
    written += writeSync(file, index === 0 ? chunk : `,${chunk}`);
  }
  writeSync(file, ']');
  closeSync(file);
}

export interface Measured {
  readonly bytes: number;
  readonly recovered: number;
  readonly ms: number;
  /** Processor time of the same, which a busy machine does not stretch. */
  readonly cpuMs: number;
  /** Growth of the process from before the file was read to its highest point, in bytes; includes the file. */
  readonly peakGrowth: number;
}

/** Run as a child: `node measure-recovery.ts FILE` prints `Measured` as JSON, after a small file has warmed the code up. */
if (process.argv[1] === import.meta.filename) {
  const [, , path = ''] = process.argv;
  scanQueue(Buffer.from('[]'));
  const before = process.memoryUsage.rss();
  const bytes = readFileSync(path);
  const started = performance.now();
  const cpu = process.cpuUsage();
  const scan = scanQueue(bytes);
  let listed = 0;
  for (const entry of scan.entries) listed += entry.length;
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  const cpuMs = (user + system) / 1000;
  const peakGrowth = process.resourceUsage().maxRSS * 1024 - before;
  if (listed === 0) throw new Error('nothing was listed');
  const measured: Measured = { bytes: bytes.length, recovered: scan.recovered, ms, cpuMs, peakGrowth };
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}
