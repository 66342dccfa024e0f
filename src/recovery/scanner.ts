import { Base } from './base.ts';
import { type Candidates, incompleteFlag, pythonFlag, verdict } from './candidates.ts';
import { Columns } from './columns.ts';
import { type Expect, expect } from './expect.ts';
import { Frames } from './frames.ts';
import {
  allFieldBits,
  closeList,
  closeObject,
  colon,
  comma,
  distinctiveBits,
  fieldBit,
  isSpace,
  messageOrIdBits,
  openList,
  openObject,
  quote,
  readLiteral,
  readNumber,
  readString,
  repeatedFieldBit,
  skipSpace,
  type Token,
  wrapperListStart,
} from './lexis.ts';
import { Outermost } from './outermost.ts';
import { Proof } from './proof.ts';
import { findResync } from './resync.ts';
import type { Scan, ScanError } from './scan.ts';
import { ScanErrors } from './scan-errors.ts';

/** Entries nested deeper in others are not listed: no two texts grow together so deep, and each level is read anew. */
const maxListedDepth = 12;

/** Finds every entry-shaped object of a damaged queue in one linear pass; `docs/recovery.md` has the reasoning. */
export function scanBytes(bytes: Uint8Array, start: number): Scan {
  const scanner = new Scanner(bytes, start);
  scanner.run();
  return scanner;
}

/** *Is this span an entry?* is settled here by strict grammar; *is it at the top level?* by `Proof`. */
class Scanner implements Scan {
  readonly #bytes: Uint8Array;
  readonly #first: number;
  readonly #columns: Columns;
  readonly #outermost: Outermost;
  readonly #proof = new Proof();
  readonly #frames = new Frames();
  readonly #errors = new ScanErrors();
  readonly #base: Base;
  readonly #token: Token = { end: 0, valid: true, closed: true };
  #expect: Expect = expect.any;
  /** The last string that could have been read with its quotes inverted, -1 for none. */
  #stringStart = -1;
  #stringEnd = -1;
  #skippedToEnd = false;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#columns = new Columns(bytes);
    this.#outermost = new Outermost(bytes, this.#columns);
    this.#first = skipSpace(bytes, start);
    this.#base = new Base(bytes, this.#first, this.#proof, this.#errors);
  }

  get errors(): readonly ScanError[] {
    return this.#errors.listed;
  }

  get errorCount(): number {
    return this.#errors.count;
  }

  get isWrapped(): boolean {
    return this.#base.isWrapped;
  }

  get isTorn(): boolean {
    return this.#proof.isTorn;
  }

  get candidates(): Candidates {
    return this.#proof.candidates;
  }

  run(): void {
    const bytes = this.#bytes;
    let at = this.#first;
    while (at < bytes.length) {
      const byte = bytes[at] ?? 0;
      if (byte === quote) at = this.#readString(at);
      else if (byte === comma) at = this.#readComma(at);
      else if (byte === colon) at = this.#readColon(at);
      else if (byte === openObject) at = this.#open(at, true);
      else if (byte === closeObject) at = this.#close(at, true);
      else if (byte === openList) at = this.#open(at, false);
      else if (byte === closeList) at = this.#close(at, false);
      else if (isSpace(byte)) at += 1;
      else at = this.#readScalar(at);
    }
    this.#finish(bytes.length);
  }

  #readString(at: number): number {
    const token = this.#token;
    readString(this.#bytes, at, token);
    this.#stringStart = at;
    this.#stringEnd = token.end;
    if (!token.closed) return this.#resync(token.end, 'string without end', true);
    const state = this.#expect;
    if (state === expect.keyOrEnd || state === expect.key) return this.#readKey(at);
    if (state === expect.any || state === expect.afterMember) {
      if (this.#bytes[skipSpace(this.#bytes, token.end)] === colon) {
        if (state === expect.any) {
          if (!token.valid) this.#frames.markInvalid();
          const bit = fieldBit(this.#bytes, at, token.end);
          this.#frames.addField(bit);
          if (this.#frames.depth === 0) this.#base.key(at, bit);
          return token.end;
        }
        this.#softError(at, 'missing comma');
        return this.#readKey(at);
      }
      if (state === expect.afterMember) return this.#damage(at, 'string where "," or "}" belongs');
    }
    return this.#afterScalar(at, token.valid);
  }

  #readKey(at: number): number {
    const token = this.#token;
    if (!token.valid) this.#softError(at, 'bad key');
    if (this.#frames.depth === 1 && this.#frames.topStart === this.#first && this.#frames.topFields === 0) {
      const listStart = wrapperListStart(this.#bytes, at);
      if (listStart !== -1 && !this.isWrapped) return this.#unwrap(listStart);
    }
    const bit = fieldBit(this.#bytes, at, token.end);
    this.#frames.addField(bit);
    if (this.#frames.openObjects > 1) {
      if ((bit & distinctiveBits) !== 0) this.#proof.carriesEntries = true;
    } else this.#outermost.key(at, bit);
    this.#expect = expect.colon;
    return token.end;
  }

  /** The file's own object is only packaging: its list is the top level. */
  #unwrap(listStart: number): number {
    this.#frames.clear();
    this.#base.unwrap();
    this.#expect = expect.any;
    this.#stringStart = -1;
    return listStart;
  }

  #readScalar(at: number): number {
    const token = this.#token;
    if (readNumber(this.#bytes, at, token)) return this.#afterScalar(at, token.valid);
    if (!readLiteral(this.#bytes, at, token)) return this.#resync(at, 'bytes that are not JSON', false);
    if (!token.valid) {
      this.#frames.markPython();
      this.#errors.add(at, 'Python literal');
    }
    return this.#afterScalar(at, true);
  }

  /** Steps over a string, number or literal in value position; `#token` still holds it. */
  #afterScalar(at: number, isValid: boolean): number {
    const end = this.#token.end;
    if (!isValid) this.#softError(at, 'bad string or number');
    switch (this.#expect) {
      case expect.any:
        if (this.#frames.depth === 0) this.#base.scalar(at);
        return end;
      case expect.value:
        if (this.#frames.openObjects === 1) this.#outermost.text(at, end);
        this.#expect = expect.afterMember;
        return end;
      case expect.afterItem:
        this.#softError(at, 'missing comma');
        return end;
      case expect.item:
      case expect.itemOrEnd:
        this.#expect = expect.afterItem;
        return end;
      default:
        return this.#damage(at, 'value where a key, ":" or "," belongs');
    }
  }

  #readComma(at: number): number {
    switch (this.#expect) {
      case expect.afterMember:
        this.#expect = expect.key;
        break;
      case expect.afterItem:
        this.#expect = expect.item;
        break;
      case expect.any:
        if (this.#frames.depth === 0) this.#base.token('comma', at);
        break;
      case expect.key:
      case expect.keyOrEnd:
      case expect.item:
      case expect.itemOrEnd:
        this.#softError(at, 'extra comma');
        break;
      default:
        return this.#damage(at, '"," where ":" or a value belongs');
    }
    return at + 1;
  }

  #readColon(at: number): number {
    if (this.#expect === expect.colon) this.#expect = expect.value;
    else if (this.#expect !== expect.any) return this.#damage(at, '":" without a key');
    else if (this.#frames.depth === 0) this.#base.token('colon', at);
    return at + 1;
  }

  #open(at: number, isObject: boolean): number {
    const state = this.#expect;
    const fits = state === expect.value || state === expect.item || state === expect.itemOrEnd;
    if (!fits) {
      if (isObject && (this.#frames.depth > 0 || !this.#proof.isProven) && this.#columns.beginsEntry(at))
        this.#restart(at);
      else if (state === expect.afterItem) this.#softError(at, 'missing comma');
      else if (state !== expect.any) return this.#damage(at, 'bracket where a key, ":" or "," belongs');
    }
    if (this.#frames.depth === 0) {
      this.#base.token(isObject ? 'value' : 'open', at);
      if (!isObject) return at + 1; // Lists at the base never make anything nested, so they need no frame.
    }
    if (this.#frames.isFull) this.#frames.clear();
    this.#frames.open(at, isObject, this.candidates.count);
    if (isObject && this.#frames.openObjects === 1) this.#outermost.open(at);
    this.#expect = isObject ? expect.keyOrEnd : expect.itemOrEnd;
    return at + 1;
  }

  #close(at: number, isObject: boolean): number {
    const frames = this.#frames;
    if (frames.depth === 0) {
      if (isObject) this.#base.closeObject(at);
      else this.#base.closeList(at);
      return at + 1;
    }
    if (frames.isLenient) return this.#closeBroken(at, isObject);
    if (frames.topIsObject !== isObject) return this.#damage(at, 'closing bracket of the wrong kind');
    if (this.#expect === expect.colon || this.#expect === expect.value) return this.#damage(at, 'member without value');
    if (this.#expect === expect.key || this.#expect === expect.item) this.#softError(at, 'trailing comma');
    if (isObject) this.#closeObject(at + 1);
    frames.close();
    this.#expect = frames.isLenient ? expect.any : frames.topIsObject ? expect.afterMember : expect.afterItem;
    return at + 1;
  }

  /** An object ends whole. Entries inside an entry are part of its message; inside anything else they stay nested. */
  #closeObject(end: number): void {
    const frames = this.#frames;
    const isOutermost = frames.openObjects === 1;
    if (isOutermost) this.#stringStart = -1;
    const fields = frames.topFields & ~repeatedFieldBit;
    const isEntry = fields === allFieldBits;
    if (frames.topIsInvalid || (!isEntry && !(isOutermost && (fields & messageOrIdBits) !== 0))) {
      // No entry, where the legacy list has only entries; and no writer repeats a key.
      const isMisfit = frames.depth === 1 && this.#base.isItem && !this.isWrapped && !this.#isNearlyEntry;
      if (isMisfit || frames.topHasRepeats) this.#proof.atBreak();
      return;
    }
    if (frames.topHasRepeats && !isOutermost) this.#proof.atBreak();
    // Off sure ground the whole entries inside are worth more than the torn one around them.
    if (!isEntry && !this.#proof.isProven && this.candidates.count > frames.topFirstCandidate) return;
    const flags = (frames.topHasPython ? pythonFlag : 0) | (isEntry ? 0 : incompleteFlag);
    this.#stringStart = -1;
    this.candidates.enclose(frames.topFirstCandidate);
    const start = frames.topStart;
    const first = frames.topFirstCandidate;
    if (!isOutermost) {
      if (frames.openObjects > maxListedDepth) return;
      this.candidates.add(start, end, verdict.nested, flags, first);
      return;
    }
    const outermost = this.#outermost;
    if (isEntry && this.#proof.isProven && first === 0) outermost.learn(end);
    // A wrapper moves its entries one step in, so their lines prove nothing.
    const isBent = !this.isWrapped && outermost.isBent;
    const isRepeated = frames.topHasRepeats;
    const isLined = isEntry && !isRepeated && !this.isWrapped && outermost.isLined(end);
    const isMember = isBent || (!isLined && outermost.isMember(end, this.isWrapped));
    this.candidates.add(start, end, isMember ? verdict.nested : verdict.pending, flags, first);
    if (!this.#isNearlyEntry || isRepeated || isBent) this.#proof.atBreak();
    else if (!isEntry || outermost.isOdd) this.#proof.atHybrid();
    if (isLined) this.#proof.atLinedEntry();
  }

  /** The top is an entry, or one but for a flipped bit in a key. */
  get #isNearlyEntry(): boolean {
    const frames = this.#frames;
    return frames.topIsWhole || (!frames.topHasRepeats && this.#outermost.hasFlipped(frames.topMissing));
  }

  /** A closer of a frame that was open when damage struck. */
  #closeBroken(at: number, isObject: boolean): number {
    const frames = this.#frames;
    if (frames.topIsObject !== isObject) {
      this.#errors.add(at, 'closing bracket of the wrong kind');
      frames.clear();
      if (isObject) this.#proof.atUnmatchedBrace();
      this.#base.lost();
      return at + 1;
    }
    const isWhole = isObject && frames.depth === 1 && frames.topIsWhole;
    frames.close();
    if (isObject) this.#proof.atUnmatchedBrace();
    if (frames.depth === 0) {
      this.#base.lost();
      this.#proof.atBrokenEnd(isWhole);
      this.#stringStart = -1;
    }
    return at + 1;
  }

  /** Grammar broke at `at` but the quotes are in step: reads on from the same place, trusting nothing that is open. */
  #damage(at: number, problem: string): number {
    this.#errors.add(at, problem);
    this.#proof.atDamage(this.#frames.isTorn);
    this.#frames.break();
    this.#expect = expect.any;
    return at;
  }

  /** Bytes that are no token: finds the next key whose quotes are sure, and the brackets that lead up to it. */
  #resync(at: number, problem: string, inString: boolean): number {
    this.#errors.add(at, problem);
    const { start, isTorn, isEnd } = findResync(this.#bytes, at, [this.#stringStart, this.#stringEnd], inString);
    if (isEnd) this.#skippedToEnd = true;
    const isAtBase = this.#frames.depth === 0;
    if (isAtBase && this.#proof.isProven && this.#base.endsList) this.#proof.atListEnd(!isTorn);
    else if (isEnd && (!isAtBase || isTorn)) this.#proof.atCut();
    else if (!isAtBase || isTorn) this.#proof.atDamage(this.#frames.isTorn);
    else this.#proof.atSeam();
    this.#base.lost();
    this.#frames.break();
    this.#expect = expect.any;
    this.#stringStart = -1;
    return start;
  }

  /** An entry at the column of top-level entries: whatever was open before it has ended without its closers. */
  #restart(at: number): void {
    this.#errors.add(at, 'entry begins before the last one ended');
    this.#proof.atDamage(this.#frames.isTorn);
    this.#frames.clear();
    this.#expect = expect.any;
    this.#stringStart = -1;
    this.#base.lost();
  }

  #finish(length: number): void {
    const isOpen = this.#frames.openObjects > 0;
    if (this.#bytes[this.#first] === openObject && !this.isWrapped)
      this.#errors.add(this.#first, 'the list is not opened');
    if (isOpen) {
      this.#errors.add(length, 'file ends inside an entry');
      this.#proof.atCut();
    } else if (!this.#base.isClosed) {
      this.#errors.add(length, 'file ends before the list is closed');
    }
    const isHeadless = this.#bytes[this.#first] !== openList && !this.isWrapped;
    this.#proof.atEnd(!isOpen && this.#frames.depth === 0 && !this.#skippedToEnd, isHeadless);
  }

  /** Wrong inside, but the borders are clear: the span is unfit, the structure around it stands. */
  #softError(at: number, problem: string): void {
    this.#errors.add(at, problem);
    this.#frames.markInvalid();
  }
}
