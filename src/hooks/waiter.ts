import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * The one waiter of a session: whoever claimed last. An older one sees that it is no longer the one and leaves; a session
 * that ended leaves no file, and then nobody is.
 */
export class Waiter {
  readonly #file: string;
  readonly #name: string;

  /** `name` must be nobody else's. */
  constructor(file: string, name: string) {
    this.#file = file;
    this.#name = name;
  }

  claim(): void {
    writeFileSync(this.#file, this.#name, { mode: 0o600 });
  }

  get isTheOne(): boolean {
    try {
      return readFileSync(this.#file, 'utf8') === this.#name;
    } catch {
      return false;
    }
  }

  leave(): void {
    if (this.isTheOne) rmSync(this.#file, { force: true });
  }
}
