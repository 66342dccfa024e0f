import type { Columns } from './columns.ts';
import {
  colon,
  comma,
  createdBit,
  idBit,
  isFlippedField,
  isMetadata,
  isSpace,
  openList,
  opensKey,
  quote,
  skipSpace,
  statusBit,
  updatedBit,
} from './lexis.ts';
import { holdsHalfUuid, isTime, isUuid, isWord } from './written.ts';

/**
 * What the outermost open object shows of itself while it is read: whether its lines prove where it stands, whether
 * what surrounds it shows that it is a member of another object, and whether its values are as the legacy writer writes
 * them. A value that is not was flipped, or two texts have grown together in it.
 */
export class Outermost {
  readonly #bytes: Uint8Array;
  readonly #columns: Columns;
  #start = 0;
  /** Column of the brace, or where it should be. */
  #brace = -1;
  /** Column of the braces of an indented file's entries. */
  #step = -1;
  #keysFit = false;
  #isOneLine = true;
  #bit = 0;
  #hasUuid = false;
  #isOdd = false;
  #lastField = 0;
  #isOutOfOrder = false;
  #foreignKeys = 0;
  #foreignKey = 0;
  /** The file's ids are UUIDs, as the first one was. */
  #expectsUuids = false;
  /** The file's entries have the legacy writer's fields in its order; the first one may show otherwise. */
  #expectsOrder = true;
  #expectsNoForeignKeys = true;

  constructor(bytes: Uint8Array, columns: Columns) {
    this.#bytes = bytes;
    this.#columns = columns;
  }

  open(start: number): void {
    this.#start = start;
    const column = this.#columns.of(start);
    // Behind other text a brace has no column, but in a file known to be indented the keys still show theirs.
    this.#brace = column === -1 ? this.#step : column;
    this.#keysFit = this.#brace > 0;
    this.#isOneLine = true;
    this.#isOdd = false;
    this.#lastField = 0;
    this.#isOutOfOrder = false;
    this.#foreignKeys = 0;
    this.#hasUuid = false;
    this.#bit = 0;
  }

  key(at: number, bit: number): void {
    this.#bit = bit;
    if (bit === 0) {
      if (isMetadata(this.#bytes, at)) return this.#noteColumn(at);
      this.#foreignKeys += 1;
      this.#foreignKey = at;
    } else if (bit < this.#lastField) this.#isOutOfOrder = true;
    else this.#lastField = bit; // The bits rise in the order in which the legacy writer writes its fields.
    this.#noteColumn(at);
  }

  #noteColumn(at: number): void {
    const column = this.#columns.of(at);
    if (column !== -1) this.#isOneLine = false;
    if (this.#brace <= 0) return;
    if (column !== 2 * this.#brace) this.#keysFit = false;
    // Keys that stand side by side tell nothing.
    if (column === -1) this.#brace = -1;
  }

  /** A text as the value of the last key. */
  text(start: number, end: number): void {
    const bit = this.#bit;
    this.#bit = 0;
    if (bit === idBit) {
      this.#hasUuid = isUuid(this.#bytes, start, end);
      this.#isOdd ||= !this.#hasUuid && holdsHalfUuid(this.#bytes, start, end);
    } else if (bit === statusBit) this.#isOdd ||= !isWord(this.#bytes, start, end);
    else if (bit === createdBit || bit === updatedBit) this.#isOdd ||= !isTime(this.#bytes, start, end);
  }

  /** The first entry of a file shows how its writer writes. */
  learn(end: number): void {
    this.#expectsUuids = this.#hasUuid;
    this.#expectsOrder = !this.#isOutOfOrder;
    this.#expectsNoForeignKeys = this.#foreignKeys === 0;
    if (this.#brace > 0 && this.#keysFit) this.#step = this.#brace;
    if (this.#isOneLine) this.#columns.learn(this.#start, end);
  }

  /** All fields but `missing` stand in their order, and one bit of its name is flipped. */
  hasFlipped(missing: number): boolean {
    return this.#foreignKeys === 1 && !this.#isOutOfOrder && isFlippedField(this.#bytes, this.#foreignKey, missing);
  }

  /** A value or a key is not as the writer of this file writes it. */
  get isOdd(): boolean {
    return (
      this.#isOdd ||
      (this.#expectsUuids && !this.#hasUuid) ||
      (this.#expectsOrder && this.#isOutOfOrder) ||
      (this.#expectsNoForeignKeys && this.#foreignKeys > 0)
    );
  }

  /** At the top level by its lines alone, now that it ends at `end`. */
  isLined(end: number): boolean {
    if (this.#brace > 0) return this.#keysFit && this.#columns.of(end - 1) === this.#brace;
    return this.#isOneLine && this.#columns.isLine(this.#start, end);
  }

  /** Begins a line of an indented file, and its keys are not where those of a top-level entry are. */
  get isBent(): boolean {
    return this.#brace > 0 && !this.#keysFit;
  }

  /** A colon before it or its list, or a comma and a key after it: another object holds it. */
  isMember(end: number, isWrapped: boolean): boolean {
    const bytes = this.#bytes;
    let before = this.#start - 1;
    // A wrapper's list follows a colon too.
    while (isSpace(bytes[before]) || (bytes[before] === openList && !isWrapped)) before -= 1;
    if (bytes[before] === colon) return true;
    const after = skipSpace(bytes, end);
    if (bytes[after] !== comma) return false;
    const next = skipSpace(bytes, after + 1);
    return bytes[next] === quote && opensKey(bytes, next);
  }
}
