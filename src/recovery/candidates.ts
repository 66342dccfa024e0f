/**
 * The spans a scan found, 14 bytes each, so that a 64 MiB file of small entries costs a few megabytes and nothing is
 * parsed before it is asked for.
 */
export const verdict = {
  /** Not decided yet: a later closing brace may still prove that it stood inside another entry. */
  pending: 0,
  /** At the top level: nothing open up to the clean end of the file can contain it. */
  top: 1,
  /** Inside an entry that is not closed, or whose head is lost. */
  nested: 2,
  /** After damage, and nothing proves that it is at the top level. */
  unproven: 3,
  /** At the top level as far as the text before it shows; turned into `top` or `unproven` at the end of the scan, as `regained` is. */
  shown: 4,
  /** At the top level by its own columns; nothing takes it back. */
  sure: 5,
  /** Part of the message of an entry that reads as whole. Of interest only where texts may have grown together. */
  inner: 6,
  /** At the top level if the torn entry before it is as whole as it looks. */
  regained: 7,
} as const;
export type Verdict = (typeof verdict)[keyof typeof verdict];

/** Span holds Python literals, which are undone before it is parsed. */
export const pythonFlag = 1;
/** An object at the top level with a message or an id, but not all six fields. */
export const incompleteFlag = 2;

export class Candidates {
  #starts = new Uint32Array(256);
  #ends = new Uint32Array(256);
  #verdicts = new Uint8Array(256);
  #flags = new Uint8Array(256);
  #firsts = new Uint32Array(256);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  start(index: number): number {
    return read(this.#starts, index);
  }

  end(index: number): number {
    return read(this.#ends, index);
  }

  verdict(index: number): Verdict {
    return read(this.#verdicts, index) as Verdict; // Only `add` and `decide` write it.
  }

  flags(index: number): number {
    return read(this.#flags, index);
  }

  /** Files have one candidate per closed entry, in the order of their ends. `first` is the first one it encloses. */
  add(start: number, end: number, found: Verdict, flags: number, first: number): void {
    if (this.#count === this.#starts.length) this.#grow();
    this.#starts[this.#count] = start;
    this.#ends[this.#count] = end;
    this.#verdicts[this.#count] = found;
    this.#flags[this.#count] = flags;
    this.#firsts[this.#count] = first;
    this.#count += 1;
  }

  /**
   * All from `from` on turn out to stand inside one entry that closes whole. Steps over what each of them encloses
   * itself, so that entries nested ever deeper are each looked at once.
   */
  enclose(from: number): void {
    for (let index = this.#count - 1; index >= from; index = this.first(index) - 1) {
      this.#verdicts[index] = verdict.inner;
    }
  }

  /** The first candidate that this one encloses; itself when there is none. */
  first(index: number): number {
    return read(this.#firsts, index);
  }

  /** Any from `from` up to `to` that is neither `known` nor inside another. */
  hasOther(from: number, to: number, known: Verdict): boolean {
    for (let index = from; index < to; index += 1) {
      if (this.#verdicts[index] !== known && this.#verdicts[index] !== verdict.inner) return true;
    }
    return false;
  }

  /** Gives the candidates from `from` up to `to` that stand at `known` their verdict. */
  decide(from: number, to: number, known: Verdict, found: Verdict): void {
    for (let index = from; index < to; index += 1) {
      if (this.#verdicts[index] === known) this.#verdicts[index] = found;
    }
  }

  #grow(): void {
    const size = this.#starts.length * 2;
    this.#starts = resized(this.#starts, new Uint32Array(size));
    this.#ends = resized(this.#ends, new Uint32Array(size));
    this.#verdicts = resized(this.#verdicts, new Uint8Array(size));
    this.#flags = resized(this.#flags, new Uint8Array(size));
    this.#firsts = resized(this.#firsts, new Uint32Array(size));
  }
}

function resized<A extends Uint32Array | Uint8Array>(old: A, grown: A): A {
  grown.set(old);
  return grown;
}

/** Every index here is below the number of slots in use. */
function read(array: Uint8Array | Uint32Array, index: number): number {
  return array[index] as number; // See above: never out of range.
}
