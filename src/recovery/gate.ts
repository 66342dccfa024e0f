export type BaseToken = 'open' | 'close' | 'comma' | 'colon' | 'key' | 'value';

/**
 * Watches the tokens between entries: is the file still one JSON list? Everything it reports is damage that leaves the
 * entries themselves whole (missing commas, a second list, one entry per line).
 */
export class Gate {
  /** The report that means two values met without a comma between them. */
  static readonly seam = 'value without a comma before it';

  #state: 'start' | 'opened' | 'value' | 'comma' | 'closed' | 'lost' = 'start';
  #isWrapped = false;
  /** The last token ended a value, so that another value right after it is a seam. */
  #afterValue = false;
  #isAfterList = false;
  #isAfterColon = false;

  /** The list was read up to its end, or a torn text at least ends where a list may. */
  get isClosed(): boolean {
    return this.#state === 'closed' || this.#state === 'lost';
  }

  /** A list has closed and no new value has begun since; the rest of an object may be passing by. */
  get isAfterList(): boolean {
    return this.#isAfterList;
  }

  /** A plain value here would be an item of the list, not a member's value or part of another text. */
  get expectsItem(): boolean {
    return !this.#isAfterColon && !this.#isAfterList;
  }

  /** The last token was the list's closing bracket. */
  get endsList(): boolean {
    return this.#state === 'closed' && this.#afterValue;
  }

  /** The problem with this token, if any. */
  pass(kind: BaseToken): string | undefined {
    const isSeam = this.#afterValue && kind !== 'comma' && kind !== 'close';
    this.#isAfterColon = kind === 'colon';
    this.#isAfterList = kind === 'close' || (this.#isAfterList && kind !== 'open');
    this.#afterValue = kind === 'value' || kind === 'close';
    if (this.#isWrapped && this.#state === 'closed' && kind !== 'open') {
      // The wrapper's other members: `"count": 3`. The key's value follows a colon, so it is no seam.
      this.#afterValue = false;
      return undefined;
    }
    const problem = this.#problem(kind);
    this.#state = kind === 'open' ? 'opened' : kind === 'close' ? 'closed' : kind === 'comma' ? 'comma' : 'value';
    return isSeam ? Gate.seam : problem;
  }

  unwrap(): void {
    this.#isWrapped = true;
    this.#isAfterColon = false;
    this.#state = 'opened';
    this.#afterValue = false;
  }

  closeWrapper(): void {
    this.#state = 'closed';
  }

  /** Damage inside or between entries: where the list stands is unknown, and an error was reported already. */
  lost(): void {
    this.#state = 'lost';
    this.#afterValue = false;
  }

  #problem(kind: BaseToken): string | undefined {
    if (this.#state === 'lost') return undefined;
    switch (kind) {
      case 'open':
        if (this.#state === 'start') return undefined;
        return this.#isWrapped && this.#state === 'closed' ? undefined : 'a second list';
      case 'close':
        return this.#state === 'opened' || this.#state === 'value' ? undefined : '"]" where none belongs';
      case 'comma':
        return this.#state === 'value' ? undefined : '"," where none belongs';
      case 'value':
      case 'key':
        return this.#state === 'opened' || this.#state === 'comma' ? undefined : 'value outside the list';
      default:
        return '":" between entries';
    }
  }
}
