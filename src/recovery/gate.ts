export type BaseToken = 'open' | 'close' | 'comma' | 'colon' | 'key' | 'value';

/** `beyond`: after a comma that follows the end of the list. */
type State = 'start' | 'opened' | 'value' | 'comma' | 'closed' | 'beyond' | 'lost';

/**
 * Watches the tokens between entries: is the file still one JSON list? Everything it reports is damage that leaves the
 * entries themselves whole (missing commas, a second list, one entry per line).
 */
export class Gate {
  /** The report that means two values met without a comma between them. */
  static readonly seam = 'value without a comma before it';

  /** The report that means an item after the end of the list. */
  static readonly beyond = '"," after the end of the list';
  /** The report that means a list as an item of the list. */
  static readonly inner = 'a list as an item of the list';

  #state: State = 'start';
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
    this.#state = this.#next(kind);
    return isSeam ? Gate.seam : problem;
  }

  #next(kind: BaseToken): State {
    switch (kind) {
      case 'open':
        return 'opened';
      case 'close':
        return 'closed';
      case 'comma':
        return this.#state === 'closed' ? 'beyond' : 'comma';
      default:
        return 'value';
    }
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

  /** An item may come. */
  get #isInList(): boolean {
    return this.#state === 'opened' || this.#state === 'comma';
  }

  #problem(kind: BaseToken): string | undefined {
    if (this.#state === 'lost') return undefined;
    switch (kind) {
      case 'open':
        if (this.#state === 'start') return undefined;
        if (this.#isInList || this.#state === 'beyond') return Gate.inner;
        return this.#isWrapped && this.#state === 'closed' ? undefined : 'a second list';
      case 'close':
        return this.#state === 'opened' || this.#state === 'value' ? undefined : '"]" where none belongs';
      case 'comma':
        return this.#state === 'value' ? undefined : '"," where none belongs';
      case 'value':
        if (this.#state === 'beyond') return Gate.beyond;
        return this.#isInList ? undefined : 'value outside the list';
      case 'key':
        return this.#isInList ? undefined : 'value outside the list';
      default:
        return '":" between entries';
    }
  }
}
