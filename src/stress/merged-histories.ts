import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { PlacedRecord } from '../history/record.ts';

const pieceBytes = 256 * 1024;

/**
 * The records of all histories of a folder in order of time, a piece of each file in memory at once. Each file is in
 * order by itself: it has one writer. A last line without an end was cut short by a kill and is nobody's word.
 */
export function* mergedHistories(folder: string): Generator<PlacedRecord> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const heads = names.sort().map((name) => new Head(join(folder, name), name));
  try {
    for (;;) {
      let first: Head | undefined;
      for (const head of heads) {
        if (head.record !== undefined && head.record.t_mono < (first?.record?.t_mono ?? Infinity)) first = head;
      }
      if (first?.record === undefined) return;
      yield first.record;
      first.advance();
    }
  } finally {
    for (const head of heads) head.close();
  }
}

/** The next record of one file. */
class Head {
  record: PlacedRecord | undefined;
  readonly #handle: number;
  readonly #name: string;
  readonly #decoder = new TextDecoder();
  #lines: string[] = [];
  #rest = '';
  #at = 0;
  #line = 0;

  constructor(file: string, name: string) {
    this.#handle = openSync(file, 'r');
    this.#name = name;
    this.advance();
  }

  advance(): void {
    const text = this.#nextLine();
    this.#line += 1;
    // Written by our own recorder.
    this.record =
      text === undefined ? undefined : { ...(JSON.parse(text) as PlacedRecord), file: this.#name, line: this.#line };
  }

  close(): void {
    closeSync(this.#handle);
  }

  #nextLine(): string | undefined {
    while (this.#at >= this.#lines.length) {
      const piece = Buffer.alloc(pieceBytes);
      const bytes = readSync(this.#handle, piece);
      if (bytes === 0) return undefined;
      const parts = (this.#rest + this.#decoder.decode(piece.subarray(0, bytes), { stream: true })).split('\n');
      this.#rest = parts.pop() ?? '';
      this.#lines = parts;
      this.#at = 0;
    }
    const line = this.#lines[this.#at];
    this.#at += 1;
    return line;
  }
}
