import { comma, newline, quote } from './lexis.ts';

/** Columns looked at to tell an indented file's entries from what is inside them. */
const maxColumn = 32;

/**
 * What the lines of a file say about depth. A writer that indents puts the brace of a top-level entry at one step and
 * its keys at two, and what stands inside a message at three and more; JSON strings hold no raw newline, so no content
 * can change that. In a file with one entry a line, only the ends of an entry are at the ends of a line.
 */
export class Columns {
  readonly #bytes: Uint8Array;
  /** Where lines begin in a file with one entry a line, else -1. */
  #lineColumn = -1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The first entry shows whether the file has one a line. */
  learn(start: number, end: number): void {
    if (start === 0) this.#lineColumn = this.#endsLine(end) ? 0 : -1;
    else this.#lineColumn = this.#endsLine(end) ? this.of(start) : -1;
  }

  /** Spaces before `start` on its line, -1 when something else stands there or the line is the file's first. */
  of(start: number): number {
    let at = start;
    while (this.#bytes[at - 1] === 0x20 && start - at <= maxColumn) at -= 1;
    return this.#bytes[at - 1] === newline ? start - at : -1;
  }

  /** A whole line of a file with one entry a line. */
  isLine(start: number, end: number): boolean {
    if (this.#lineColumn === -1 || !this.#endsLine(end)) return false;
    return this.of(start) === this.#lineColumn;
  }

  /** An object that begins like a top-level entry does and like nothing inside one can. */
  beginsEntry(start: number): boolean {
    const column = this.of(start);
    if (column === -1) return false;
    if (column === this.#lineColumn) return true;
    if (column === 0 || this.#bytes[start + 1] !== newline) return false;
    const key = start + 2 + 2 * column;
    return this.#bytes[key] === quote && this.of(key) === 2 * column;
  }

  #endsLine(end: number): boolean {
    const at = this.#bytes[end] === comma ? end + 1 : end;
    return at === this.#bytes.length || this.#bytes[at] === newline;
  }
}
