import { allFieldBits, distinctiveBits, repeatedFieldBit } from './lexis.ts';

/** Deeper than this an open span is given up as damaged; 13 bytes a level. */
const maxLevels = 1 << 20;

/**
 * The open objects and lists of a scan. Frames below `broken` were open when damage struck: what follows can no longer
 * be checked against them, but they remember how deep the scanner was, and closers that fit still close them.
 */
export class Frames {
  #starts = new Uint32Array(64);
  #objects = new Uint8Array(64);
  #invalid = new Uint8Array(64);
  #python = new Uint8Array(64);
  #fields = new Uint8Array(64);
  #firstCandidates = new Uint32Array(64);
  #depth = 0;
  #broken = 0;
  #openObjects = 0;

  get depth(): number {
    return this.#depth;
  }

  /** Objects opened since the last damage and still open: what they hold is nested for sure. */
  get openObjects(): number {
    return this.#openObjects;
  }

  /** The innermost frame was open when damage struck (also true at the base, where nothing is open). */
  get isLenient(): boolean {
    return this.#depth === this.#broken;
  }

  /** Damage struck inside something that is still open. */
  get isTorn(): boolean {
    return this.#broken > 0;
  }

  get isFull(): boolean {
    return this.#depth === maxLevels;
  }

  open(start: number, isObject: boolean, firstCandidate: number): void {
    if (this.#depth === this.#starts.length) this.#grow();
    const top = this.#depth;
    this.#starts[top] = start;
    this.#objects[top] = isObject ? 1 : 0;
    this.#invalid[top] = 0;
    this.#python[top] = 0;
    this.#fields[top] = 0;
    this.#firstCandidates[top] = firstCandidate;
    this.#depth = top + 1;
    if (isObject) this.#openObjects += 1;
  }

  /** Closes the innermost frame; what makes it unfit as strict JSON makes its parent unfit too. */
  close(): void {
    const top = this.#depth - 1;
    if (this.#depth > this.#broken) {
      if (this.topIsObject) this.#openObjects -= 1;
    } else {
      this.#broken = top;
      this.#passFields(top);
    }
    if (top > 0) {
      this.#invalid[top - 1] = read(this.#invalid, top - 1) | read(this.#invalid, top);
      this.#python[top - 1] = read(this.#python, top - 1) | read(this.#python, top);
    }
    this.#depth = top;
  }

  /** Fields of an entry that stand in a part of it belong to yet another one, or the part has lost its end. */
  #passFields(top: number): void {
    if (top === 0) return;
    const inner = read(this.#fields, top) & (distinctiveBits | repeatedFieldBit);
    const outer = read(this.#fields, top - 1);
    this.#fields[top - 1] = outer | inner | ((outer & inner) === 0 ? 0 : repeatedFieldBit);
  }

  /** Damage: nothing open can be trusted any more. */
  break(): void {
    this.#broken = this.#depth;
    this.#openObjects = 0;
  }

  clear(): void {
    this.#depth = 0;
    this.break();
  }

  get topIsObject(): boolean {
    return this.#objects[this.#depth - 1] === 1;
  }

  get topStart(): number {
    return read(this.#starts, this.#depth - 1);
  }

  get topFirstCandidate(): number {
    return read(this.#firstCandidates, this.#depth - 1);
  }

  get topIsInvalid(): boolean {
    return this.#invalid[this.#depth - 1] === 1;
  }

  get topHasPython(): boolean {
    return this.#python[this.#depth - 1] === 1;
  }

  get topFields(): number {
    return read(this.#fields, this.#depth - 1);
  }

  get topHasRepeats(): boolean {
    return (this.topFields & repeatedFieldBit) !== 0;
  }

  /** The six fields, each seen once. */
  get topIsWhole(): boolean {
    return this.topFields === allFieldBits;
  }

  /** Those of the six that were not seen. */
  get topMissing(): number {
    return allFieldBits & ~this.topFields;
  }

  addField(bit: number): void {
    const top = this.#depth - 1;
    if (top < 0 || bit === 0) return;
    const fields = read(this.#fields, top);
    this.#fields[top] = fields | bit | ((fields & bit) === 0 ? 0 : repeatedFieldBit);
  }

  markInvalid(): void {
    if (this.#depth > 0) this.#invalid[this.#depth - 1] = 1;
  }

  markPython(): void {
    if (this.#depth > 0) this.#python[this.#depth - 1] = 1;
  }

  #grow(): void {
    const size = this.#starts.length * 2;
    const starts = new Uint32Array(size);
    starts.set(this.#starts);
    this.#starts = starts;
    const firsts = new Uint32Array(size);
    firsts.set(this.#firstCandidates);
    this.#firstCandidates = firsts;
    this.#objects = grown(this.#objects, size);
    this.#invalid = grown(this.#invalid, size);
    this.#python = grown(this.#python, size);
    this.#fields = grown(this.#fields, size);
  }
}

function grown(old: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(old);
  return larger;
}

/** Every index here is below the number of slots in use. */
function read(array: Uint8Array | Uint32Array, index: number): number {
  return array[index] as number; // See above: never out of range.
}
