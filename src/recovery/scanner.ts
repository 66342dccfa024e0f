import { type Candidates, incompleteFlag, pythonFlag, verdict } from './candidates.ts';
import { Columns } from './columns.ts';
import { Frames } from './frames.ts';
import { type BaseToken, Gate } from './gate.ts';
import {
  allFieldBits,
  closeList,
  closeObject,
  colon,
  comma,
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
import { Proof } from './proof.ts';
import { findResync } from './resync.ts';

export interface ScanError {
  /** Position in the scanned bytes. */
  readonly position: number;
  readonly problem: string;
}

export interface Scan {
  readonly candidates: Candidates;
  /** The first hundred; `errorCount` has them all. */
  readonly errors: readonly ScanError[];
  readonly errorCount: number;
  /** The file is `{"entries":[…]}` or `{"pending_pushes":[…]}`, whose own keys are structure. */
  readonly isWrapped: boolean;
  /** Texts were torn apart or joined somewhere. */
  readonly isTorn: boolean;
}

const maxErrors = 100;

/** Fields that no payload but an entry is likely to have. */
const distinctiveBits = 2 | 4 | 16 | 32;

/** What may come next inside the innermost intact frame. `any` holds at the base and in frames that damage struck. */
const expect = {
  any: 0,
  keyOrEnd: 1,
  key: 2,
  colon: 3,
  value: 4,
  afterMember: 5,
  itemOrEnd: 6,
  item: 7,
  afterItem: 8,
} as const;
type Expect = (typeof expect)[keyof typeof expect];

/** Finds every entry-shaped object of a damaged queue in one linear pass. See `docs/recovery.md` for the reasoning. */
export function scanBytes(bytes: Uint8Array, start: number): Scan {
  const scanner = new Scanner(bytes, start);
  scanner.run();
  return scanner;
}

/**
 * Two questions are kept apart. *Is this span an entry?* is settled here by strict grammar alone: raw quotes cannot stand
 * in a string, so a span that reads as an object with the six fields is one. *Does it stand at the top level?* is
 * `Proof`'s to settle from what this scan tells it.
 */
class Scanner implements Scan {
  readonly errors: ScanError[] = [];
  errorCount = 0;
  isWrapped = false;

  readonly #bytes: Uint8Array;
  readonly #first: number;
  readonly #columns: Columns;
  readonly #proof = new Proof();
  readonly #frames = new Frames();
  readonly #gate = new Gate();
  readonly #token: Token = { end: 0, valid: true, closed: true };
  #expect: Expect = expect.any;
  /** The last string that could have been read with its quotes inverted, -1 for none. */
  #stringStart = -1;
  #stringEnd = -1;
  #skippedToEnd = false;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#columns = new Columns(bytes);
    this.#first = skipSpace(bytes, start);
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
      else at = this.#readScalar(at, byte);
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
          if (this.#frames.depth === 0) {
            this.#proof.noteBaseField(bit);
            this.#baseToken('key', at);
          }
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
    } else this.#columns.key(at);
    this.#expect = expect.colon;
    return token.end;
  }

  /** The file's own object is only packaging: its list is the top level. */
  #unwrap(listStart: number): number {
    this.isWrapped = true;
    this.#frames.clear();
    this.#gate.unwrap();
    this.#expect = expect.any;
    this.#stringStart = -1;
    return listStart;
  }

  #readScalar(at: number, byte: number): number {
    const token = this.#token;
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      readNumber(this.#bytes, at, token);
      const isLoneMinus = byte === 0x2d && token.end === at + 1;
      if (!isLoneMinus) return this.#afterScalar(at, token.valid);
    }
    if (!readLiteral(this.#bytes, at, token)) return this.#resync(at, 'bytes that are not JSON', false);
    if (!token.valid) {
      this.#frames.markPython();
      this.#error(at, 'Python literal');
    }
    return this.#afterScalar(at, true);
  }

  /** Steps over a string, number or literal in value position; `#token` still holds it. */
  #afterScalar(at: number, isValid: boolean): number {
    const end = this.#token.end;
    if (!isValid) this.#softError(at, 'bad string or number');
    switch (this.#expect) {
      case expect.any:
        if (this.#frames.depth === 0) {
          if (this.#bytes[at] === quote && this.#proof.isProven && this.#gate.expectsItem)
            this.#proof.noteForeignItem();
          this.#baseToken('value', at);
        }
        return end;
      case expect.value:
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
        if (this.#frames.depth === 0) this.#baseToken('comma', at);
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
    else if (this.#frames.depth === 0) this.#baseToken('colon', at);
    return at + 1;
  }

  #open(at: number, isObject: boolean): number {
    const state = this.#expect;
    const fits = state === expect.value || state === expect.item || state === expect.itemOrEnd;
    if (!fits) {
      if (isObject && (this.#frames.depth > 0 || !this.#proof.isProven) && this.#columns.beginsEntry(at)) this.#restart(at);
      else if (state === expect.afterItem) this.#softError(at, 'missing comma');
      else if (state !== expect.any) return this.#damage(at, 'bracket where a key, ":" or "," belongs');
    }
    if (this.#frames.depth === 0) {
      this.#baseToken(isObject ? 'value' : 'open', at);
      if (!isObject) return at + 1; // Lists at the base never make anything nested, so they need no frame.
    }
    if (this.#frames.isFull) this.#frames.clear();
    this.#frames.open(at, isObject, this.candidates.count);
    if (isObject && this.#frames.openObjects === 1) this.#columns.open(at);
    this.#expect = isObject ? expect.keyOrEnd : expect.itemOrEnd;
    return at + 1;
  }

  #close(at: number, isObject: boolean): number {
    const frames = this.#frames;
    if (frames.depth === 0) return this.#closeBase(at, isObject);
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
    if (frames.topIsInvalid) return;
    const fields = frames.topFields & ~repeatedFieldBit;
    const isEntry = fields === allFieldBits;
    if (!isEntry && !(isOutermost && (fields & messageOrIdBits) !== 0)) return;
    // Off sure ground the whole entries inside are worth more than the torn one around them.
    if (!isEntry && !this.#proof.isProven && this.candidates.count > frames.topFirstCandidate) return;
    const flags = (frames.topHasPython ? pythonFlag : 0) | (isEntry ? 0 : incompleteFlag);
    this.#stringStart = -1;
    this.candidates.enclose(frames.topFirstCandidate);
    const start = frames.topStart;
    const isLined = isOutermost && isEntry && !this.isWrapped && this.#columns.proveTop(start, end);
    // A lost key, one seen twice or lines that disagree: a flipped bit, or two texts grown together.
    const isRepeated = (frames.topFields & repeatedFieldBit) !== 0;
    if (isOutermost && (!isEntry || isRepeated || (!this.isWrapped && this.#columns.isBent))) this.#proof.atHybrid();
    if (isEntry && isOutermost && this.#proof.isProven && this.candidates.count === frames.topFirstCandidate && frames.topFirstCandidate===0)
      this.#columns.learn(start, end);
    const isInside = !isOutermost || (!this.isWrapped && this.#columns.isBent);
    this.candidates.add(start, end, isInside ? verdict.nested : verdict.pending, flags, frames.topFirstCandidate);
    if (isLined && !isRepeated) this.#proof.atLinedEntry();
  }

  #closeBase(at: number, isObject: boolean): number {
    if (!isObject) {
      this.#proof.forgetBaseFields();
      this.#baseToken('close', at);
      return at + 1;
    }
    if (this.isWrapped && skipSpace(this.#bytes, at + 1) === this.#bytes.length) {
      this.#gate.closeWrapper();
      return at + 1;
    }
    this.#error(at, 'closing brace without an opening one');
    this.#proof.atBaseBrace(this.#gate.isAfterList);
    this.#gate.lost();
    return at + 1;
  }

  /** A closer of a frame that was open when damage struck. */
  #closeBroken(at: number, isObject: boolean): number {
    const frames = this.#frames;
    if (frames.topIsObject !== isObject) {
      this.#error(at, 'closing bracket of the wrong kind');
      frames.clear();
      if (isObject) this.#proof.atUnmatchedBrace();
      this.#gate.lost();
      return at + 1;
    }
    const isWhole = isObject && frames.depth === 1 && frames.topLooksWhole;
    frames.close();
    if (isObject) this.#proof.atUnmatchedBrace();
    if (frames.depth === 0) {
      this.#gate.lost();
      this.#proof.atBrokenEnd(isWhole);
      this.#stringStart = -1;
    }
    return at + 1;
  }

  /** Grammar broke at `at` but the quotes are in step: reads on from the same place, trusting nothing that is open. */
  #damage(at: number, problem: string): number {
    this.#error(at, problem);
    this.#proof.atDamage(this.#frames.isTorn);
    this.#frames.break();
    this.#expect = expect.any;
    return at;
  }

  /** Bytes that are no token: finds the next key whose quotes are sure, and the brackets that lead up to it. */
  #resync(at: number, problem: string, inString: boolean): number {
    this.#error(at, problem);
    const { start, isTorn, isEnd } = findResync(this.#bytes, at, [this.#stringStart, this.#stringEnd], inString);
    if (isEnd) this.#skippedToEnd = true;
    const isAtBase = this.#frames.depth === 0;
    if (isAtBase && this.#proof.isProven && this.#gate.endsList) this.#proof.atListEnd(!isTorn);
    else if (!isAtBase || isTorn) this.#proof.atDamage(this.#frames.isTorn);
    else this.#proof.atSeam();
    this.#gate.lost();
    this.#frames.break();
    this.#expect = expect.any;
    this.#stringStart = -1;
    return start;
  }

  /** An entry at the column of top-level entries: whatever was open before it has ended without its closers. */
  #restart(at: number): void {
    this.#error(at, 'entry begins before the last one ended');
    this.#proof.atDamage(this.#frames.isTorn);
    this.#frames.clear();
    this.#expect = expect.any;
    this.#stringStart = -1;
    this.#gate.lost();
  }

  #baseToken(kind: BaseToken, at: number): void {
    const { endsList } = this.#gate;
    const problem = this.#gate.pass(kind);
    // The file's first brace may open a wrapper; if it does not, the missing list shows at the end.
    if (problem === undefined || (kind === 'value' && at === this.#first)) return;
    this.#error(at, problem);
    if (problem !== Gate.seam) return;
    const isFragment = kind !== 'open' && this.#bytes[at] !== openObject;
    if (endsList && isFragment && this.#proof.isProven) this.#proof.atListEnd(false);
    else this.#proof.atSeam();
  }

  #finish(length: number): void {
    const isOpen = this.#frames.openObjects > 0;
    if (this.#bytes[this.#first] === openObject && !this.isWrapped) this.#error(this.#first, 'the list is not opened');
    if (isOpen) {
      this.#error(length, 'file ends inside an entry');
      this.#proof.atDamage(this.#frames.isTorn);
    } else if (!this.#gate.isClosed) {
      this.#error(length, 'file ends before the list is closed');
    }
    this.#proof.atEnd(!isOpen && this.#frames.depth === 0 && !this.#skippedToEnd);
  }

  /** Wrong inside, but the borders are clear: the span is unfit, the structure around it stands. */
  #softError(at: number, problem: string): void {
    this.#error(at, problem);
    this.#frames.markInvalid();
  }

  #error(position: number, problem: string): void {
    this.errorCount += 1;
    if (this.errors.length < maxErrors) this.errors.push({ position, problem });
  }
}
