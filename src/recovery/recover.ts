import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { quarantineCopy } from './quarantine.ts';
import { type QueueScan, type RecoveredEntry, type ScanOptions, scanQueue } from './queue-scan.ts';
import { readSource } from './read-source.ts';

export interface RecoverOptions extends ScanOptions {
  /** Where the copy of the file is kept before anything else happens; null keeps none (a pure look). */
  readonly quarantineDir: string | null;
  readonly clock: Clock;
}

/** The report on one file; `file`, `sha256` … `imported` are the fields of `waggle recover --json`. */
export interface RecoverySummary extends Omit<QueueScan, 'entries'> {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Path of the quarantined copy. */
  readonly quarantine: string | null;
  /** Messages imported; 0 here, the import fills it in. */
  readonly imported: number;
}

export interface Recovery {
  readonly summary: RecoverySummary;
  /** Read anew from memory at each iteration, one entry at a time. */
  readonly entries: Iterable<RecoveredEntry>;
}

/**
 * Rescues a legacy queue file: copies it to quarantine, then finds its entries. The source is only read. Running it
 * again gives the same report and no second copy. Scanning blocks the thread for about 20 ms per MiB, so a hub calls
 * it from a worker or for files of its own size class only. Throws `not_found`, `unreadable_file`, `payload_too_large`.
 */
export async function recoverFile(path: string, options: RecoverOptions): Promise<Recovery> {
  const bytes = await readSource(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { quarantineDir, clock, ...scanOptions } = options;
  const quarantine =
    quarantineDir === null ? null : await quarantineCopy(bytes, sha256, { directory: quarantineDir, clock });
  const { entries, ...scan } = scanQueue(bytes, scanOptions);
  return { summary: { file: path, sha256, bytes: bytes.length, ...scan, quarantine, imported: 0 }, entries };
}
