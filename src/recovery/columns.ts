import { newline } from './lexis.ts';

/** Columns looked at to tell an indented file's entries from what is inside them. */
const maxColumn = 32;

/**
 * Where lines begin in an indented file. JSON strings hold no raw newline, so a brace at the column of the file's
 * entries begins an entry, and one further in does not, whatever is damaged in between.
 */
export class Columns {
  readonly #bytes: Uint8Array;
  /** Column of top-level entries; 0 in a file with one entry a line. */
  #top = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The first entry shows the column of all. */
  learn(start: number): void {
    this.#top = Math.max(0, this.#columnOf(start));
  }

  isTop(start: number): boolean {
    return this.#columnOf(start) === this.#top;
  }

  isBeyondTop(start: number): boolean {
    return this.#top > 0 && this.#columnOf(start) > this.#top;
  }

  /** Spaces before `start` on its line, -1 when something else stands there or the line is the file's first. */
  #columnOf(start: number): number {
    let at = start;
    while (this.#bytes[at - 1] === 0x20 && start - at <= maxColumn) at -= 1;
    return this.#bytes[at - 1] === newline ? start - at : -1;
  }
}
