import { type Candidates, incompleteFlag, pythonFlag, verdict } from './candidates.ts';
import type { DecodedQueue } from './decode.ts';
import { Duplicates, type Holder } from './duplicates.ts';
import { type EntryReading, readEntry } from './entry.ts';
import type { Scan } from './scan.ts';

/** What became of each candidate; `repeat` is the same entry with the same bytes once more. */
export const fate = { none: 0, recovered: 1, ambiguous: 2, repeat: 3, superseded: 4 } as const;
export type Fate = (typeof fate)[keyof typeof fate];

export const nestedReason = 'found inside an entry that is damaged, so it may be part of its message';
export const unprovenReason = 'follows damage, and nothing proves that it is not part of a damaged message';
export const innerReason = 'part of the message of an entry around it, unless the two have grown together';
export const carriedReason = 'an entry with this id is also part of a message, and the file is torn';
const encodingReason = 'bytes are not valid text in the encoding of the file';
const conflictReason = 'another entry with the same id and the same updated_at has other content';

/**
 * The verdict on every candidate, a few bytes each. Entries are read one at a time and dropped again; whoever wants
 * them later reads them anew from the file's bytes.
 */
export class Judgement {
  readonly #decoded: DecodedQueue;
  readonly #candidates: Candidates;
  readonly #maxEntryBytes: number;
  readonly #fates: Uint8Array;
  readonly #reasons: Uint16Array;
  readonly #reasonTexts: string[] = [''];
  readonly #newer = new Map<number, Holder>();
  recovered = 0;
  ambiguous = 0;
  duplicates = 0;

  readonly #isTorn: boolean;
  readonly #carried = new Set<string>();

  constructor(decoded: DecodedQueue, scan: Scan, maxEntryBytes: number, onProgress?: (at: number) => void) {
    const { candidates } = scan;
    this.#isTorn = scan.isTorn;
    this.#decoded = decoded;
    this.#candidates = candidates;
    this.#maxEntryBytes = maxEntryBytes;
    this.#fates = new Uint8Array(candidates.count);
    this.#reasons = new Uint16Array(candidates.count);
    if (scan.isTorn) this.#noteCarried();
    const duplicates = new Duplicates((index) => this.#bytes(index));
    for (let index = 0; index < candidates.count; index += 1) {
      this.#judge(index, duplicates);
      if ((index & 1023) === 0) onProgress?.(candidates.end(index));
    }
    for (const found of this.#fates) {
      if (found === fate.recovered) this.recovered += 1;
      else if (found === fate.ambiguous) this.ambiguous += 1;
      else if (found !== fate.none) this.duplicates += 1;
    }
  }

  fate(index: number): Fate {
    return (this.#fates[index] ?? fate.none) as Fate; // Only this class writes it.
  }

  reason(index: number): string {
    return this.#reasonTexts[this.#reasons[index] ?? 0] ?? '';
  }

  /** Index of the newer entry with the same id. */
  newer(index: number): number | undefined {
    return this.#newer.get(index)?.index;
  }

  /** Reads the entry anew. `text` is the span as it stands in the file; bytes that are no text show as U+FFFD. */
  read(index: number): EntryReading & { text: string } {
    const start = this.#candidates.start(index);
    const end = this.#candidates.end(index);
    const hasPython = (this.#candidates.flags(index) & pythonFlag) !== 0;
    const exact = this.#decoded.text(start, end);
    const text = exact ?? Buffer.from(this.#bytes(index)).toString('utf8');
    const reading = readEntry(text, hasPython, this.#maxEntryBytes);
    return exact === undefined ? { ...reading, text, problem: encodingReason } : { ...reading, text };
  }

  #judge(index: number, duplicates: Duplicates): void {
    const found = this.#candidates.verdict(index);
    const isIncomplete = (this.#candidates.flags(index) & incompleteFlag) !== 0;
    if (found === verdict.inner) {
      if (this.#isTorn && !isIncomplete) this.#doubt(index, innerReason);
      return;
    }
    if (found === verdict.nested) {
      if (!isIncomplete) this.#doubt(index, nestedReason);
      return;
    }
    const reading = this.read(index);
    if (found === verdict.unproven) return this.#doubt(index, unprovenReason);
    if (reading.problem !== undefined) return this.#doubt(index, reading.problem);
    if (reading.queueId === undefined) return this.#doubt(index, 'queue_id is not an id');
    if (this.#carried.has(reading.queueId)) return this.#doubt(index, carriedReason);
    const twin = duplicates.add(reading.queueId, index, reading.updatedAt);
    switch (twin.kind) {
      case 'first':
        this.#fates[index] = fate.recovered;
        return;
      case 'same':
        this.#fates[index] = fate.repeat;
        return;
      case 'conflict':
        return this.#doubt(index, conflictReason);
      case 'older':
        this.#fates[index] = fate.superseded;
        this.#newer.set(index, twin.winner);
        return;
      case 'newer':
        this.#fates[index] = fate.recovered;
        this.#fates[twin.loser] = fate.superseded;
        this.#newer.set(twin.loser, twin.winner);
    }
  }

  /** The ids of entries that stand inside others. */
  #noteCarried(): void {
    for (let index = 0; index < this.#candidates.count; index += 1) {
      const found = this.#candidates.verdict(index);
      if (found !== verdict.inner && found !== verdict.nested) continue;
      const { queueId } = this.read(index);
      if (queueId !== undefined) this.#carried.add(queueId);
    }
  }

  #doubt(index: number, reason: string): void {
    this.#fates[index] = fate.ambiguous;
    let code = this.#reasonTexts.indexOf(reason);
    if (code === -1) code = this.#reasonTexts.push(reason) - 1;
    this.#reasons[index] = code;
  }

  #bytes(index: number): Uint8Array {
    const decoded = this.#decoded;
    return decoded.file.subarray(
      decoded.fileOffset(this.#candidates.start(index)),
      decoded.fileOffset(this.#candidates.end(index)),
    );
  }
}
