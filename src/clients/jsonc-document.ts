import { isDeepStrictEqual } from 'node:util';
import { applyEdits, type JSONPath, type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { WaggleError } from '../errors.ts';
import { editsFor } from './jsonc-edit.ts';

/** One change: the value at a path, `undefined` taking it out. A number at the end of an array's length appends. */
export interface JsonChange {
  readonly path: JSONPath;
  readonly value: unknown;
}

/**
 * A settings file in JSON with comments and trailing commas, edited in place: only what a change names is written, in
 * the indentation and with the line ends the file has. Immutable.
 */
export class JsoncDocument {
  readonly text: string;
  /** The file as a value; an empty text is an empty object. */
  readonly value: unknown;
  readonly #name: string;
  readonly #mark: string;
  readonly #body: string;

  /** `name` is the file as messages call it. Throws `unreadable_file` for what does not parse. */
  constructor(text: string, name: string) {
    this.text = text;
    this.#name = name;
    // A byte order mark is kept, but it is not JSON.
    this.#mark = text.startsWith('\ufeff') ? '\ufeff' : '';
    this.#body = text.slice(this.#mark.length);
    this.value = this.#body.trim() === '' ? {} : parseJsonc(this.#body, name);
  }

  /** The value at a path, undefined where there is none. */
  at(path: JSONPath): unknown {
    let value = this.value;
    for (const key of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string | number, unknown>)[key]; // own key of an object or array
    }
    return value;
  }

  /** An object at the path, or nothing yet. Throws `unreadable_file` for anything else. */
  objectAt(path: JSONPath): Readonly<Record<string, unknown>> {
    const value = this.at(path);
    if (value === undefined) return {};
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>; // checked
    throw this.#unreadable(`${shown(path)} must be an object`);
  }

  /** An array at the path, or nothing yet. Throws `unreadable_file` for anything else. */
  arrayAt(path: JSONPath): readonly unknown[] {
    const value = this.at(path);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    throw this.#unreadable(`${shown(path)} must be an array`);
  }

  /** Applies one change. Throws `unreadable_file` when the text cannot take it, as with a key that stands there twice. */
  with({ path, value }: JsonChange): JsoncDocument {
    const body = this.#body.trim() === '' ? '{}\n' : this.#body;
    const edited = applyEdits(body, editsFor(body, path, value));
    const result = new JsoncDocument(this.#mark + edited, this.#name);
    if (!isDeepStrictEqual(result.value, withChange(this.value, path, value))) {
      throw this.#unreadable(`${shown(path)} cannot be changed without touching the rest; is a name there twice?`);
    }
    return result;
  }

  #unreadable(problem: string): WaggleError {
    return new WaggleError('unreadable_file', `${this.#name}: ${problem}; nothing was written`, {
      details: { file: this.#name, problem },
    });
  }
}

function parseJsonc(text: string, name: string): unknown {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true, allowEmptyContent: false });
  const [first] = errors;
  if (first === undefined) return value;
  const before = text.slice(0, first.offset).split('\n');
  const where = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
  throw new WaggleError(
    'unreadable_file',
    `${name}: is not JSON (${printParseErrorCode(first.error)} at ${where}); mend it, nothing was written`,
    { details: { file: name, line: before.length, problem: printParseErrorCode(first.error) } },
  );
}

/** What the edit must come out as, computed without the text. */
function withChange(root: unknown, path: JSONPath, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(root) && typeof key === 'number') {
    const copy: unknown[] = [...root];
    if (rest.length === 0 && value === undefined) copy.splice(key, 1);
    else copy[key] = withChange(root[key], rest, value);
    return copy;
  }
  const copy: Record<string, unknown> = { ...(root as Record<string, unknown> | undefined) }; // objects by objectAt
  const child = withChange(copy[key], rest, value);
  if (child === undefined) delete copy[key];
  else copy[key] = child;
  return copy;
}

function shown(path: JSONPath): string {
  return path.join('.');
}
