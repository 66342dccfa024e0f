import { type Candidates, verdict } from './candidates.ts';
import { decodeQueue, type QueueEncoding } from './decode.ts';
import { fate, Judgement } from './judgement.ts';
import { type ByteRange, coverFile } from './ranges.ts';
import type { Scan } from './scan.ts';
import { scanBytes } from './scanner.ts';

export interface ScanOptions {
  /** Largest message part of an entry, in UTF-8 bytes; a larger one is ambiguous. Default 256 KiB. */
  readonly maxEntryBytes?: number;
  /** Called now and then with the bytes judged so far, of all bytes. */
  readonly onProgress?: (bytes: number, total: number) => void;
}

/** One entry found in a queue file. Positions are bytes of the file. */
export interface RecoveredEntry {
  readonly offset: number;
  readonly length: number;
  readonly status: 'recovered' | 'ambiguous';
  /** Why it is ambiguous. */
  readonly reason?: string;
  /** The parsed value; null where strict reading refuses to build one. */
  readonly entry: unknown;
  /** Exact text of the span. */
  readonly source: string;
  readonly queueId?: string;
  /** Offset of the newer entry with the same id. Such an entry is kept in the report and never delivered. */
  readonly supersededBy?: number;
  /**
   * Offset of the entry that reads as whole around this one: it is part of that one's message, or the two have grown
   * together. Listed in torn files only; its bytes are counted with the entry around it.
   */
  readonly within?: number;
}

export interface ParseError {
  /** Byte offset in the file. */
  readonly offset: number;
  readonly problem: string;
}

/** All that can be said about a queue file's bytes. */
export interface QueueScan {
  /** In the order of the file. Read from the bytes anew at each iteration, one at a time: a big file is never held parsed. */
  readonly entries: Iterable<RecoveredEntry>;
  readonly encoding: QueueEncoding;
  /** Entries to deliver; without superseded ones and repetitions. */
  readonly recovered: number;
  readonly ambiguous: number;
  /** Entries that repeat an id: the same bytes again, or superseded by a newer one. */
  readonly duplicates: number;
  readonly recoveredBytes: number;
  readonly ambiguousBytes: number;
  readonly discardedBytes: number;
  /** Merged, in order, and adding up to the file. */
  readonly ranges: readonly ByteRange[];
  /** The file is not what the legacy writer meant to write. An empty file is damaged: an empty queue is `[]`. */
  readonly damaged: boolean;
  /** Why `damaged`. */
  readonly damage?: string;
  /** The first hundred. */
  readonly parseErrors: readonly ParseError[];
  readonly parseErrorCount: number;
}

export const defaultMaxEntryBytes = 256 * 1024;

/**
 * Finds every intact entry of a legacy queue in any state of damage. Pure; linear in the bytes; never throws for what
 * they are. `bytes` must not change while the result is in use.
 */
export function scanQueue(bytes: Uint8Array, options: ScanOptions = {}): QueueScan {
  const decoded = decodeQueue(bytes);
  const scan = scanBytes(decoded.scanned, decoded.start);
  const { candidates } = scan;
  const report = options.onProgress;
  const onProgress = report && ((at: number) => report(decoded.fileOffset(at), bytes.length));
  const judgement = new Judgement(decoded, scan, options.maxEntryBytes ?? defaultMaxEntryBytes, onProgress);
  const ranges = coverFile(decoded, scan, judgement);
  const total = (kind: ByteRange['kind']) =>
    ranges.reduce((sum, range) => (range.kind === kind ? sum + range.length : sum), 0);
  const parseErrors = scan.errors.map(({ position, problem }) => ({ offset: decoded.fileOffset(position), problem }));
  const discardedBytes = total('discarded');
  const damage = findDamage(decoded.scanned, decoded.start, scan, discardedBytes);

  function* read(): Generator<RecoveredEntry> {
    let around = 0;
    for (let index = 0; index < candidates.count; index += 1) {
      const found = judgement.fate(index);
      if (found === fate.none || found === fate.repeat) continue;
      const reading = judgement.read(index);
      const offset = decoded.fileOffset(candidates.start(index));
      const newer = judgement.newer(index);
      const isInner = candidates.verdict(index) === verdict.inner;
      if (isInner && around <= index) around = outermost(candidates, index);
      yield {
        offset,
        length: decoded.fileOffset(candidates.end(index)) - offset,
        status: found === fate.ambiguous ? 'ambiguous' : 'recovered',
        ...(found === fate.ambiguous ? { reason: judgement.reason(index) } : {}),
        entry: reading.entry,
        source: reading.text,
        ...(reading.queueId === undefined ? {} : { queueId: reading.queueId }),
        ...(isInner ? { within: decoded.fileOffset(candidates.start(around)) } : {}),
        ...(newer === undefined ? {} : { supersededBy: decoded.fileOffset(candidates.start(newer)) }),
      };
    }
  }

  return {
    entries: { [Symbol.iterator]: read },
    encoding: decoded.encoding,
    recovered: judgement.recovered,
    ambiguous: judgement.ambiguous,
    duplicates: judgement.duplicates,
    recoveredBytes: total('recovered'),
    ambiguousBytes: total('ambiguous'),
    discardedBytes,
    ranges,
    damaged: damage !== undefined,
    ...(damage === undefined ? {} : { damage }),
    parseErrors,
    parseErrorCount: scan.errorCount,
  };
}

/** The entry around an inner one: it ends after all that it holds. */
function outermost(candidates: Candidates, inner: number): number {
  let index = inner;
  while (candidates.verdict(index) === verdict.inner) index += 1;
  return index;
}

function findDamage(bytes: Uint8Array, start: number, scan: Scan, discarded: number): string | undefined {
  if (bytes.length <= start) return 'the file is empty, which an empty queue ([]) is not';
  if (isBlank(bytes, start)) return 'the file holds only whitespace, which an empty queue ([]) is not';
  if (scan.errorCount > 0) return scan.errors[0]?.problem ?? 'the file is not valid JSON';
  if (discarded > 0) return 'the list holds values that are no queue entries';
  return undefined;
}

function isBlank(bytes: Uint8Array, start: number): boolean {
  return bytes.subarray(start).every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}
