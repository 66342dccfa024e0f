import { comma, newline, openObject, quote } from './lexis.ts';

/** Columns looked at to tell an indented file's entries from what is inside them. */
const maxColumn = 32;

/**
 * What the lines of a file say about depth. A writer that indents puts the brace of a top-level entry at one step and
 * its keys at two, and what stands inside a message at three and more; JSON strings hold no raw newline, so no content
 * can change that. In a file with one entry a line, only the ends of an entry are at the ends of a line.
 */
export class Columns {
  readonly #bytes: Uint8Array;
  /** The file has one entry a line. */
  #isByLine = false;
  /** Column of the outermost open object, -1 when something else stands before it on its line. */
  #brace = -1;
  #keysFit = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The first entry shows whether the file has one a line. */
  learn(start: number, end: number): void {
    this.#isByLine = this.#startsLine(start) && this.#endsLine(end);
  }

  /** An outermost object opens. */
  open(start: number): void {
    this.#brace = this.columnOf(start);
    this.#keysFit = this.#brace > 0;
  }

  key(at: number): void {
    if (this.#keysFit && this.columnOf(at) !== 2 * this.#brace) this.#keysFit = false;
  }

  /** The object that opened last, from `start` to `end`, is at the top level by its lines alone. */
  proveTop(start: number, end: number): boolean {
    if (this.#brace > 0) return this.#keysFit && this.columnOf(end - 1) === this.#brace;
    return this.#isByLine && this.#startsLine(start) && this.#endsLine(end);
  }

  /** It begins a line of an indented file, but its lines do not agree on how deep they are. */
  get isBent(): boolean {
    return this.#brace > 0 && !this.#keysFit;
  }

  /** An object that begins like a top-level entry does and like nothing inside one can. */
  beginsEntry(start: number): boolean {
    const column = this.columnOf(start);
    if (column === 0) return this.#isByLine;
    if (column < 0 || this.#bytes[start + 1] !== newline) return false;
    const key = start + 2 + 2 * column;
    return this.#bytes[key] === quote && this.columnOf(key) === 2 * column;
  }

  /** Spaces before `start` on its line, -1 when something else stands there or the line is the file's first. */
  columnOf(start: number): number {
    let at = start;
    while (this.#bytes[at - 1] === 0x20 && start - at <= maxColumn) at -= 1;
    return this.#bytes[at - 1] === newline ? start - at : -1;
  }

  #startsLine(start: number): boolean {
    return start === 0 || this.#bytes[start - 1] === newline;
  }

  #endsLine(end: number): boolean {
    const at = this.#bytes[end] === comma ? end + 1 : end;
    return at === this.#bytes.length ? this.#bytes[end] !== openObject : this.#bytes[at] === newline;
  }
}
