import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whether the recorder can be compiled and loaded here. */
export const hasCompiler = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;

/** Compiles recorder.c into `folder` and returns its path. */
export function compileRecorder(folder: string): string {
  const library = join(folder, 'recorder.so');
  const source = fileURLToPath(new URL('recorder.c', import.meta.url));
  execFileSync('gcc', ['-O2', '-fPIC', '-shared', '-Wall', '-o', library, source, '-lpthread']);
  return library;
}

/** What a process needs in its environment to be recorded: all it does below `root` goes to `log`. */
export function recorded(library: string, log: string, root: string): NodeJS.ProcessEnv {
  return { LD_PRELOAD: library, POWER_LOG: log, POWER_LOG_ROOT: root, NODE_V8_COVERAGE: '' };
}

/**
 * One line of the log. `create`, `unlink`, `mkdir` name a path; `rename` two; `write` carries its bytes; a sync has a
 * begin and an end, because it covers what was written before it began; `reply` and `request` are bytes of a socket.
 */
export interface PowerRecord {
  readonly type: keyof typeof typeOf;
  readonly thread: number;
  /** Of a file; the descriptor of a socket. */
  readonly inode: number;
  /** Of a write; the new size of a truncation; how many bytes of the last reply were not sent. */
  readonly offset: number;
  readonly data: Buffer;
  readonly second: Buffer;
}

const typeOf = {
  create: 'C',
  truncate: 'T',
  write: 'W',
  syncBegin: 's',
  syncEnd: 'S',
  folderSyncBegin: 'd',
  folderSyncEnd: 'D',
  unlink: 'U',
  rename: 'N',
  mkdir: 'K',
  reply: 'R',
  unsent: '-',
  request: 'Q',
} as const;

const names = new Map(
  Object.entries(typeOf).map(([name, letter]) => [letter.charCodeAt(0), name as PowerRecord['type']]),
);

/** The header of recorder.c: type, thread, inode, offset, two lengths. */
const headerBytes = 29;

export function readPowerLog(file: string): PowerRecord[] {
  const bytes = readFileSync(file);
  const records: PowerRecord[] = [];
  for (let at = 0; at + headerBytes <= bytes.length; ) {
    const type = names.get(bytes.readUInt8(at));
    if (type === undefined) throw new Error(`power log ${file}: no record at byte ${at}`);
    const dataAt = at + headerBytes;
    const secondAt = dataAt + bytes.readUInt32LE(at + 21);
    const end = secondAt + bytes.readUInt32LE(at + 25);
    // A killed process may have been writing its last line.
    if (end > bytes.length) break;
    records.push({
      type,
      thread: bytes.readUInt32LE(at + 1),
      inode: Number(bytes.readBigUInt64LE(at + 5)),
      offset: Number(bytes.readBigUInt64LE(at + 13)),
      data: bytes.subarray(dataAt, secondAt),
      second: bytes.subarray(secondAt, end),
    });
    at = end;
  }
  return records;
}
