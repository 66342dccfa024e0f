import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { invalidInput } from '../errors.ts';
import type { HistoryRecord } from './record.ts';

/** What a recorder writes to: a file, or a list in memory. */
export interface HistorySink {
  readonly proc: string;
  readonly incarnation: number;
  write(record: HistoryRecord): void;
}

/** Ends are worth little until the next call; so many are held back at most. */
const heldBack = 256;
const procPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Writes one client's history to `<folder>/<proc>.<incarnation>.jsonl` (0600), the next incarnation each time it is opened.
 * An invoke reaches the operating system before `write` returns, so that a client killed at any moment has told of every
 * call it made; ends may be lost with it, which makes them unknown. Nothing is synced: a power cut ends the run itself.
 */
export class HistoryWriter implements HistorySink, Disposable {
  readonly proc: string;
  readonly incarnation: number;
  readonly file: string;
  readonly #fd: number;
  readonly #held: string[] = [];
  #isClosed = false;

  constructor(folder: string, proc: string) {
    if (!procPattern.test(proc)) throw invalidInput('proc', proc, 'must be 1 to 64 letters, digits, dots, dashes');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.proc = proc;
    const opened = openNext(folder, proc);
    this.incarnation = opened.incarnation;
    this.file = opened.file;
    this.#fd = opened.fd;
  }

  write(record: HistoryRecord): void {
    if (this.#isClosed) throw invalidInput('history', this.file, 'was closed already');
    this.#held.push(`${JSON.stringify(record)}\n`);
    if (record.phase === 'invoke' || this.#held.length >= heldBack) this.flush();
  }

  flush(): void {
    if (this.#held.length === 0) return;
    const bytes = Buffer.from(this.#held.splice(0).join(''));
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#fd, bytes, written);
  }

  /** Writes what is held back. Calling it twice is fine. */
  close(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Exclusive, so that two processes of one name never share a file. */
function openNext(folder: string, proc: string): { fd: number; file: string; incarnation: number } {
  for (let incarnation = 0; ; incarnation += 1) {
    const file = join(folder, `${proc}.${incarnation}.jsonl`);
    try {
      return { fd: openSync(file, 'ax', 0o600), file, incarnation };
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!isTaken) throw error;
    }
  }
}

/** A history in memory, for clients that live in one process; several may share the list. */
export function memoryHistory(records: HistoryRecord[], proc: string, incarnation = 0): HistorySink {
  return { proc, incarnation, write: (record) => void records.push(record) };
}
