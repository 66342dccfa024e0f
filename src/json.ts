import { invalidInput, WaggleError } from './errors.ts';

/**
 * The one JSON reader of every door: strict RFC 8259 plus the refusals that keep a document from meaning two things
 * (duplicate keys, `__proto__`, lone surrogates, numbers no double can hold). Linear in the text, and recursion is
 * bounded by `maxDepth`, so no input can block the event loop for long or overflow the stack.
 */
export interface StrictJsonOptions {
  /** Deepest nesting of arrays and objects accepted, 1 to 512. Default 64. */
  readonly maxDepth?: number;
  /** Most members of one object. Default 1000. */
  readonly maxKeys?: number;
  /** Members of this name whose value is not a string come back as `JsonSource`, so that they can be stored verbatim. */
  readonly sourceKey?: string;
  /** Only for damaged legacy data, whose text is kept as it is: lone surrogates are let through. */
  readonly allowLoneSurrogates?: boolean;
}

/** A value together with the exact text it was read from. */
export class JsonSource {
  readonly text: string;
  readonly value: unknown;

  constructor(text: string, value: unknown) {
    this.text = text;
    this.value = value;
  }
}

/**
 * Reads one JSON document. Objects are plain objects (safe: a `__proto__` key is refused). Throws `invalid_input` with
 * `details: { path, offset, problem }`; `path` is written like `$.to[3].body`, `offset` counts UTF-16 units.
 */
export function parseStrictJson(text: string, options: StrictJsonOptions = {}): unknown {
  const maxDepth = options.maxDepth ?? 64;
  if (!(maxDepth >= 1 && maxDepth <= 512)) throw invalidInput('maxDepth', maxDepth, 'must be 1 to 512');
  return new Reader(text, maxDepth, options).document();
}

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const quote = 34;
const comma = 44;
const minus = 45;
const digit0 = 48;
const digit9 = 57;
const colon = 58;
const listOpen = 91;
const backslash = 92;
const listClose = 93;
const objectOpen = 123;
const objectClose = 125;

/** Strings up to here are scanned by a loop; beyond, the regular expression engine's search is faster (measured). */
const shortString = 24;
/** Up to nine digits are exact and small, so they are summed in place. */
const shortNumber = 9;

/** Path entry of an object whose first key is not read yet. */
const noStep = -1;

class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #maxKeys: number;
  readonly #sourceKey: string | undefined;
  readonly #allowLone: boolean;
  /** True when the raw text holds a lone surrogate somewhere; then each string looks for its own. */
  readonly #rawLone: boolean;
  readonly #number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
  readonly #stringEnd = /["\\\u0000-\u001f]/g;
  /** Key or index per open level; only read when something fails. */
  readonly #path: (string | number)[] = [];
  #depth = 0;
  #at = 0;
  #inSource = false;

  constructor(text: string, maxDepth: number, options: StrictJsonOptions) {
    this.#text = text;
    this.#maxDepth = maxDepth;
    this.#maxKeys = options.maxKeys ?? 1000;
    this.#sourceKey = options.sourceKey;
    this.#allowLone = options.allowLoneSurrogates ?? false;
    this.#rawLone = !this.#allowLone && !text.isWellFormed();
  }

  document(): unknown {
    this.#skipSpace();
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('text after the end of the document');
    return value;
  }

  #value(): unknown {
    const code = this.#text.charCodeAt(this.#at);
    if (code === quote) return this.#string();
    if (code === objectOpen) return this.#object();
    if (code === listOpen) return this.#list();
    if (code === minus || (code >= digit0 && code <= digit9)) return this.#numberValue(code);
    return this.#literal();
  }

  #object(): Record<string, unknown> {
    this.#enter();
    const result: Record<string, unknown> = {};
    let keys = 0;
    if (this.#next() === objectClose) {
      this.#leave();
      return result;
    }
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== quote) this.#fail('expected a key in double quotes');
      const keyAt = this.#at;
      const key = this.#string();
      if (key === '__proto__') this.#fail('key __proto__ is refused', keyAt);
      // No JSON value is undefined, so only inherited names such as "toString" need the second look.
      if (result[key] !== undefined && Object.hasOwn(result, key)) {
        this.#fail(`duplicate key ${JSON.stringify(key)}`, keyAt);
      }
      keys += 1;
      if (keys > this.#maxKeys) this.#fail(`more than ${this.#maxKeys} keys in one object`, keyAt);
      this.#path[this.#depth - 1] = key;
      this.#skipSpace();
      if (this.#text.charCodeAt(this.#at) !== colon) this.#fail('expected ":"');
      this.#at += 1;
      this.#skipSpace();
      result[key] = key === this.#sourceKey && !this.#inSource ? this.#source() : this.#value();
      this.#skipSpace();
      const code = this.#text.charCodeAt(this.#at);
      if (code === objectClose) break;
      if (code !== comma) this.#fail('expected "," or "}"');
      this.#at += 1;
      this.#skipSpace();
    }
    this.#leave();
    return result;
  }

  #list(): unknown[] {
    this.#enter();
    const result: unknown[] = [];
    if (this.#next() === listClose) {
      this.#leave();
      return result;
    }
    for (;;) {
      this.#path[this.#depth - 1] = result.length;
      result.push(this.#value());
      this.#skipSpace();
      const code = this.#text.charCodeAt(this.#at);
      if (code === listClose) break;
      if (code !== comma) this.#fail('expected "," or "]"');
      this.#at += 1;
      this.#skipSpace();
    }
    this.#leave();
    return result;
  }

  #source(): unknown {
    const start = this.#at;
    this.#inSource = true;
    const value = this.#value();
    this.#inSource = false;
    return typeof value === 'string' ? value : new JsonSource(this.#text.slice(start, this.#at), value);
  }

  #enter(): void {
    if (this.#depth === this.#maxDepth) this.#fail(`nested deeper than ${this.#maxDepth}`);
    this.#depth += 1;
    this.#path[this.#depth - 1] = noStep;
    this.#at += 1;
  }

  #leave(): void {
    this.#depth -= 1;
    this.#at += 1;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    const limit = Math.min(text.length, start + shortString);
    let at = start;
    let code = 0;
    while (at < limit) {
      code = text.charCodeAt(at);
      if (code === quote || code === backslash || code < space) break;
      at += 1;
    }
    if (at === limit) {
      at = this.#findSpecial(at);
      code = text.charCodeAt(at);
    }
    if (code === backslash) return this.#escapedString(start, at);
    if (code !== quote || at >= text.length) this.#failInString(at);
    const value = text.slice(start, at);
    if (this.#rawLone && !value.isWellFormed()) this.#fail('lone surrogate in a string', start - 1);
    this.#at = at + 1;
    return value;
  }

  /** The rest of a string from its first backslash; the native reader decodes it once its end is known. */
  #escapedString(start: number, firstBackslash: number): string {
    const text = this.#text;
    let at = firstBackslash;
    let unicode = false;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) break;
      if (code !== backslash || at + 1 >= text.length) this.#failInString(at);
      unicode = this.#checkEscape(at) || unicode;
      at = this.#findSpecial(at + 2);
    }
    const raw = text.slice(start, at);
    const value = JSON.parse(`"${raw}"`) as string; // Every escape was checked above, so this is a string literal.
    if (!this.#allowLone && ((unicode && !value.isWellFormed()) || (this.#rawLone && !raw.isWellFormed()))) {
      this.#fail('lone surrogate in a string', start - 1);
    }
    this.#at = at + 1;
    return value;
  }

  /** True for a unicode escape. */
  #checkEscape(at: number): boolean {
    const letter = this.#text[at + 1] ?? '';
    if (letter === 'u') {
      if (!/^[0-9a-fA-F]{4}$/.test(this.#text.slice(at + 2, at + 6))) this.#fail('bad \\u escape', at);
      return true;
    }
    if (!'"\\/bfnrt'.includes(letter)) this.#fail('bad escape in a string', at);
    return false;
  }

  #findSpecial(from: number): number {
    this.#stringEnd.lastIndex = from;
    return this.#stringEnd.test(this.#text) ? this.#stringEnd.lastIndex - 1 : this.#text.length;
  }

  #numberValue(first: number): number {
    const text = this.#text;
    const start = this.#at;
    if (first !== minus && first !== digit0) {
      let at = start;
      let value = 0;
      let code = first;
      while (code >= digit0 && code <= digit9 && at - start < shortNumber) {
        value = value * 10 + (code - digit0);
        at += 1;
        code = text.charCodeAt(at);
      }
      if (code === comma || code === objectClose || code === listClose) {
        this.#at = at;
        return value;
      }
    }
    this.#number.lastIndex = start;
    if (!this.#number.test(text)) this.#fail('bad number');
    this.#at = this.#number.lastIndex;
    const value = Number(text.slice(start, this.#at));
    if (!Number.isFinite(value)) this.#fail('number out of range', start);
    return value;
  }

  #literal(): boolean | null {
    if (this.#text.startsWith('true', this.#at)) {
      this.#at += 4;
      return true;
    }
    if (this.#text.startsWith('false', this.#at)) {
      this.#at += 5;
      return false;
    }
    if (this.#text.startsWith('null', this.#at)) {
      this.#at += 4;
      return null;
    }
    return this.#fail('expected a JSON value');
  }

  #next(): number {
    this.#skipSpace();
    return this.#text.charCodeAt(this.#at);
  }

  #skipSpace(): void {
    const text = this.#text;
    let at = this.#at;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== space && code !== lineFeed && code !== carriageReturn && code !== tab) break;
      at += 1;
    }
    this.#at = at;
  }

  #failInString(at: number): never {
    return this.#fail(at >= this.#text.length ? 'string without end' : 'raw control character in a string', at);
  }

  #fail(problem: string, offset: number = this.#at): never {
    const found = offset >= this.#text.length ? 'end of text' : JSON.stringify(this.#text.slice(offset, offset + 12));
    const path = `$${this.#path.slice(0, this.#depth).map(showStep).join('')}`;
    throw new WaggleError('invalid_input', `JSON at ${path}, offset ${offset}: ${problem}, found ${found}`, {
      details: { field: path, path, offset, problem },
    });
  }
}

function showStep(step: string | number): string {
  if (step === noStep) return '';
  if (typeof step === 'number') return `[${step}]`;
  if (/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(step)) return `.${step}`;
  return `[${JSON.stringify(step.length > 64 ? `${step.slice(0, 63)}…` : step)}]`;
}
