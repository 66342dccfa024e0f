import { type Candidates, verdict } from './candidates.ts';
import type { DecodedQueue } from './decode.ts';
import { fate, type Judgement } from './judgement.ts';
import { isStructure } from './lexis.ts';
import type { Scan } from './scan.ts';

export type RangeKind = 'recovered' | 'ambiguous' | 'discarded';

/** A stretch of the file in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
  readonly kind: RangeKind;
}

/**
 * Divides the whole file among recovered, ambiguous and discarded, merged and without gaps. What stands between entries
 * (brackets, commas, whitespace, a byte order mark, a wrapper's own keys) belongs to the neighbouring entry, so only
 * content that was lost counts as discarded.
 */
export function coverFile(decoded: DecodedQueue, scan: Scan, judgement: Judgement): ByteRange[] {
  const cover = new Cover(decoded);
  const { candidates } = scan;
  for (let index = 0; index < candidates.count; index += 1) {
    const found = judgement.fate(index);
    if (found === fate.none || candidates.verdict(index) === verdict.inner) continue;
    cover.entry(
      candidates.start(index),
      candidates.end(index),
      found === fate.ambiguous ? 'ambiguous' : 'recovered',
      scan,
    );
  }
  return cover.finish(scan, isIntactEmpty(scan, candidates));
}

function isIntactEmpty(scan: Scan, candidates: Candidates): boolean {
  return candidates.count === 0 && scan.errorCount === 0;
}

class Cover {
  readonly #decoded: DecodedQueue;
  readonly #bytes: Uint8Array;
  readonly #ranges: ByteRange[] = [];
  /** Position up to which everything is assigned. */
  #cursor = 0;
  #last: RangeKind | undefined;

  constructor(decoded: DecodedQueue) {
    this.#decoded = decoded;
    this.#bytes = decoded.scanned;
  }

  entry(start: number, end: number, kind: RangeKind, scan: Scan): void {
    if (start < this.#cursor) return;
    this.#gap(start, kind, scan);
    this.#assign(end, kind);
    this.#last = kind;
  }

  finish(scan: Scan, isIntact: boolean): ByteRange[] {
    const end = this.#bytes.length;
    if (this.#last === undefined) this.#assign(end, isIntact ? 'recovered' : 'discarded');
    else this.#gap(end, undefined, scan);
    // An odd byte at the end of a UTF-16 file is half a character.
    const rest = this.#decoded.file.length - this.#decoded.fileOffset(end);
    if (rest > 0) this.#push(this.#decoded.file.length - rest, rest, 'discarded');
    return this.#ranges;
  }

  /** Assigns the bytes before an entry (or the end): structure to its neighbours, the rest is discarded. */
  #gap(end: number, next: RangeKind | undefined, scan: Scan): void {
    const start = this.#cursor;
    if (start === end) return;
    const before = this.#last;
    const isEdge = before === undefined || next === undefined;
    if (scan.isWrapped && (isEdge || this.#isKeyBetween(start, end)) && !hasError(scan, start, end)) {
      return this.#assign(end, before ?? next ?? 'discarded');
    }
    let head = start;
    let tail = end;
    if (before === undefined && start < this.#decoded.start) head = Math.min(this.#decoded.start, end);
    while (head < end && isStructure(this.#bytes[head])) head += 1;
    while (tail > head && isStructure(this.#bytes[tail - 1])) tail -= 1;
    // A wrapper's closing brace, and a mark at the head of a file whose first entry is lost, need a neighbour too.
    this.#assign(head, before ?? (head === end ? (next ?? 'discarded') : 'discarded'));
    this.#assign(tail, 'discarded');
    this.#assign(end, next ?? 'discarded');
  }

  /** `], "pending_pushes": [` between a wrapper's two lists. */
  #isKeyBetween(start: number, end: number): boolean {
    const text = Buffer.from(this.#bytes.subarray(start, Math.min(end, start + 256))).toString('latin1');
    return /^\s*\]\s*,\s*"[^"\\]{1,64}"\s*:\s*\[\s*$/.test(text);
  }

  #assign(end: number, kind: RangeKind): void {
    if (end <= this.#cursor) return;
    const offset = this.#decoded.fileOffset(this.#cursor);
    this.#push(offset, this.#decoded.fileOffset(end) - offset, kind);
    this.#cursor = end;
  }

  #push(offset: number, length: number, kind: RangeKind): void {
    const last = this.#ranges.at(-1);
    if (last?.kind === kind) this.#ranges[this.#ranges.length - 1] = { ...last, length: last.length + length };
    else this.#ranges.push({ offset, length, kind });
  }
}

function hasError(scan: Scan, start: number, end: number): boolean {
  return (
    scan.errors.some(({ position }) => position >= start && position <= end) || scan.errorCount > scan.errors.length
  );
}
