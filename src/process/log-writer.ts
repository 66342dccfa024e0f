import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** One older file is kept beside it, so an agent's output takes at most twice this. */
export const maxLogBytes = 8 * 1024 * 1024;

/**
 * Appends an agent's output to its log. A full disk must not stop the agent: what cannot be written is counted, and
 * said as soon as there is room again.
 */
export class LogWriter {
  readonly #file: string;
  readonly #maxBytes: number;
  #handle: number | undefined;
  #size = 0;
  #dropped = 0;

  constructor(file: string, maxBytes = maxLogBytes) {
    this.#file = file;
    this.#maxBytes = maxBytes;
  }

  write(chunk: Buffer): void {
    try {
      if (this.#dropped > 0) {
        this.#append(Buffer.from(`\n[waggle: ${this.#dropped} bytes of output could not be written]\n`));
        this.#dropped = 0;
      }
      this.#append(chunk);
    } catch {
      this.#dropped += chunk.length;
      this.close();
    }
  }

  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }

  #append(bytes: Buffer): void {
    if (this.#handle !== undefined && this.#size + bytes.length > this.#maxBytes) {
      this.close();
      renameSync(this.#file, `${this.#file}.1`);
    }
    if (this.#handle === undefined) {
      this.#handle = openSync(this.#file, 'a', 0o600);
      this.#size = fstatSync(this.#handle).size;
    }
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#handle, bytes, at);
    this.#size += bytes.length;
  }
}
