import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface LogPiece {
  /** Whole lines, without their ends; the last may be one that is not finished when nothing follows. */
  readonly lines: readonly string[];
  /** Where to read on; opaque. */
  readonly next: string;
}

/** Read at once at most: what a screen or a model can use, and no more than a frame carries. */
const maxPieceBytes = 1024 * 1024;
const blockBytes = 64 * 1024;

/** The last lines of a log that its writer may replace by a new one at any time (`FILE.1` holds the one before). */
export function readLastLines(file: string, count: number): LogPiece {
  return withFile(file, ({ handle, inode, size }) => {
    let from = size;
    let bytes: Buffer = Buffer.alloc(0);
    while (from > 0 && bytes.length < maxPieceBytes && newlines(bytes) <= count) {
      const length = Math.min(blockBytes, from);
      from -= length;
      bytes = Buffer.concat([readAt(handle, from, length), bytes]);
    }
    const lines = linesOf(bytes);
    return { lines: lines.slice(-count), next: cursor(inode, size) };
  });
}

/** What was written since `after`. Without `isFinal` a line that has no end yet is left for the next time. */
export function readOn(file: string, after: string, isFinal: boolean): LogPiece {
  const { inode: knownInode, offset } = parseCursor(after);
  return withFile(file, (current) => {
    if (current.inode === knownInode) return pieceFrom(current, offset, isFinal);
    // The file was turned over meanwhile: first the rest of the old one, at the next call the new one.
    const old = withFile(`${file}.1`, (previous) =>
      previous.inode === knownInode ? pieceFrom(previous, offset, true) : undefined,
    );
    return old === undefined || old.lines.length === 0 ? pieceFrom(current, 0, isFinal) : old;
  });
}

interface OpenFile {
  readonly handle: number;
  readonly inode: number;
  readonly size: number;
}

function pieceFrom({ handle, inode, size }: OpenFile, offset: number, isFinal: boolean): LogPiece {
  const bytes = readAt(handle, offset, Math.min(maxPieceBytes, Math.max(0, size - offset)));
  const whole = isFinal || bytes.length === maxPieceBytes ? bytes.length : bytes.lastIndexOf(10) + 1;
  return { lines: linesOf(bytes.subarray(0, whole)), next: cursor(inode, offset + whole) };
}

/** A log that nobody has written yet is empty; anything else that cannot be read throws. */
function withFile<T>(file: string, use: (open: OpenFile) => T): T {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return withFile('/dev/null', ({ handle: empty }) => use({ handle: empty, inode: 0, size: 0 }));
  }
  try {
    const { ino, size } = fstatSync(handle);
    return use({ handle, inode: ino, size });
  } finally {
    closeSync(handle);
  }
}

function readAt(handle: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let got = 0;
  while (got < length) {
    const read = readSync(handle, bytes, got, length - got, from + got);
    if (read === 0) break;
    got += read;
  }
  return bytes.subarray(0, got);
}

function linesOf(bytes: Buffer): string[] {
  const text = bytes.toString('utf8');
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').map((line) => line.replace(/\r$/, ''));
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

const cursorPattern = /^(\d+):(\d+)$/;

export function isLogCursor(text: string): boolean {
  return cursorPattern.test(text);
}

function cursor(inode: number, offset: number): string {
  return `${inode}:${offset}`;
}

function parseCursor(text: string): { inode: number; offset: number } {
  const [, inode = '0', offset = '0'] = cursorPattern.exec(text) ?? [];
  return { inode: Number(inode), offset: Number(offset) };
}
