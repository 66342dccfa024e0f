import { closeSync, fstatSync, globSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { invalidInput, WaggleError } from '../errors.ts';
import { parseRecord } from './parse-record.ts';
import type { PlacedRecord } from './record.ts';

/** The last line of a file whose process was killed while it wrote. */
export interface TornLine {
  readonly file: string;
  readonly line: number;
  readonly bytes: number;
}

/** Several files as one history. */
export interface HistoryFiles {
  readonly files: readonly string[];
  /** Complete once `records` has been read to its end. */
  readonly torn: readonly TornLine[];
  /** In order of time. May be read once. */
  readonly records: Iterable<PlacedRecord>;
}

/** A file is read in pieces, so that a history larger than memory can be checked; a small one is one piece. */
const pieceBytes = 256 * 1024;
const longestLine = 1024 * 1024;

/**
 * Opens histories by file, folder (its `.jsonl` files) or glob pattern. `not_found` when there is none by a name; a line
 * that cannot be read, or stands before its time, is `invalid_input` that names file and line. A last line without its
 * end is what a killed process leaves: it is listed in `torn`.
 */
export function openHistory(names: readonly string[]): HistoryFiles {
  const files = [...new Set(names.flatMap(filesOf))];
  const torn: TornLine[] = [];
  return { files, torn, records: merge(files, torn) };
}

function filesOf(name: string): string[] {
  const found = statSync(name, { throwIfNoEntry: false });
  if (found?.isFile() === true) return [name];
  const inside =
    found?.isDirectory() === true
      ? readdirSync(name)
          .filter((file) => file.endsWith('.jsonl'))
          .map((file) => join(name, file))
      : globSync(name).filter((file) => statSync(file).isFile());
  if (inside.length > 0) return inside.sort();
  const problem = found === undefined ? 'there is no such file or folder' : 'the folder holds no .jsonl file';
  throw new WaggleError('not_found', `history: ${problem}: ${name}`, { details: { field: 'history', value: name } });
}

interface Source {
  readonly order: number;
  readonly rest: Iterator<PlacedRecord>;
  next: PlacedRecord;
}

/** Merges by time; at the same instant by file, so that lines of one file stay together. */
function* merge(files: readonly string[], torn: TornLine[]): Iterable<PlacedRecord> {
  const heap: Source[] = [];
  files.forEach((file, order) => {
    const rest = readFile(file, torn);
    const first = rest.next();
    if (first.done !== true) push(heap, { order, rest, next: first.value });
  });
  for (let source = heap[0]; source !== undefined; source = heap[0]) {
    yield source.next;
    const following = source.rest.next();
    if (following.done === true) {
      const last = heap.pop();
      if (last === undefined || heap.length === 0) continue;
      heap[0] = last;
    } else {
      source.next = following.value;
    }
    sink(heap);
  }
}

function push(heap: Source[], source: Source): void {
  let at = heap.push(source) - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isEarlier(source, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = source;
}

/** The first is where it belongs no longer. */
function sink(heap: Source[]): void {
  const source = heap[0];
  if (source === undefined) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    const isRight = right !== undefined && left !== undefined && isEarlier(right, left);
    const child = isRight ? right : left;
    if (child === undefined || !isEarlier(child, source)) break;
    heap[at] = child;
    at = 2 * at + (isRight ? 2 : 1);
  }
  heap[at] = source;
}

function isEarlier(a: Source, b: Source): boolean {
  return a.next.t_mono < b.next.t_mono || (a.next.t_mono === b.next.t_mono && a.order < b.order);
}

function* readFile(file: string, torn: TornLine[]): Generator<PlacedRecord, void> {
  let line = 0;
  let lastT = Number.NEGATIVE_INFINITY;
  for (const { text, isWhole } of readLines(file)) {
    line += 1;
    const record = readLine(text, file, line, isWhole);
    if (record === undefined) {
      torn.push({ file, line, bytes: Buffer.byteLength(text) });
      return;
    }
    if (record.t_mono < lastT) {
      const problem = `${file}:${line}: must not be earlier than the line before (${lastT}); was the machine restarted?`;
      throw invalidInput('t_mono', record.t_mono, problem);
    }
    lastT = record.t_mono;
    yield record;
  }
}

/** Undefined for a torn last line. */
function readLine(text: string, file: string, line: number, isWhole: boolean): PlacedRecord | undefined {
  try {
    return Object.assign(parseRecord(text), { file, line });
  } catch (error) {
    if (!isWhole) return undefined;
    const problem = error instanceof Error ? error.message : String(error);
    throw new WaggleError('invalid_input', `${file}:${line}: is not a record of a history: ${problem}`, {
      details: { file, line, problem },
      cause: error,
    });
  }
}

interface Line {
  readonly text: string;
  /** Ended by a newline. */
  readonly isWhole: boolean;
}

function* readLines(file: string): Generator<Line, void> {
  let fd: number | undefined = openSync(file, 'r');
  try {
    if (!fstatSync(fd).isFile()) throw invalidInput('history', file, 'must be a regular file');
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const piece = Buffer.allocUnsafe(pieceBytes);
      const size: number = readSync(fd, piece, 0, pieceBytes, null);
      const bytes: Buffer = Buffer.concat([rest, piece.subarray(0, size)]);
      const isEnd = size === 0 || (size < pieceBytes && readSync(fd, piece, 0, 1, null) === 0);
      if (!isEnd && size < pieceBytes)
        throw invalidInput('history', file, 'grows while it is read; wait for its process');
      if (isEnd) {
        // Closed before its lines are handed on: hundreds of small files may be merged at once.
        closeSync(fd);
        fd = undefined;
      }
      const end = bytes.lastIndexOf(0x0a) + 1;
      if (end > 0) {
        const lines = bytes.toString('utf8', 0, end - 1).split('\n');
        for (const text of lines) yield { text, isWhole: true };
      }
      rest = bytes.subarray(end);
      if (rest.length > longestLine) throw invalidInput('history', file, `has a line longer than ${longestLine} bytes`);
      if (fd !== undefined) continue;
      if (rest.length > 0) yield { text: rest.toString('utf8'), isWhole: false };
      return;
    }
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
