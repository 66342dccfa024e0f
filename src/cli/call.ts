import { invalidInput, WaggleError } from '../errors.ts';
import { parseDuration } from './durations.ts';

/**
 * The arguments and options of one invocation, read by name and checked where they are read: every refusal names the
 * flag as the user typed it and shows the value.
 */
export class Call {
  readonly #args: readonly (string | readonly string[] | undefined)[];
  readonly #options: Readonly<Record<string, unknown>>;

  constructor(args: readonly (string | readonly string[] | undefined)[], options: Readonly<Record<string, unknown>>) {
    this.#args = args;
    this.#options = options;
  }

  /** A required argument by position; the parser has made sure that it is there. */
  arg(position: number): string {
    return this.optionalArg(position) ?? '';
  }

  optionalArg(position: number): string | undefined {
    const value = this.#args[position];
    return typeof value === 'string' ? value : value?.[0];
  }

  /** The values of a variadic argument. */
  args(position: number): readonly string[] {
    const value = this.#args[position];
    if (value === undefined) return [];
    return typeof value === 'string' ? [value] : value;
  }

  flag(name: string): boolean {
    return this.#options[camelCase(name)] === true;
  }

  text(name: string): string | undefined {
    const value = this.#options[camelCase(name)];
    return typeof value === 'string' ? value : undefined;
  }

  list(name: string): readonly string[] {
    const value = this.#options[camelCase(name)];
    return Array.isArray(value) ? value.map(String) : [];
  }

  durationMs(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseDuration(`--${name}`, text);
  }

  /** A whole number of at least `least`. */
  count(name: string, least = 1): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value)) throw invalidInput(`--${name}`, text, 'must be a whole number');
    if (value < least) throw invalidInput(`--${name}`, text, `must be at least ${least}`);
    return value;
  }

  /** As `count`, for an option the command cannot do without. */
  requiredCount(name: string, hint: string): number {
    const value = this.count(name, 0);
    if (value === undefined) throw missingInput(`--${name}`, hint);
    return value;
  }
}

/** commander keeps `--lease-for` as `leaseFor`. */
function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The entries of an object that are there: optional fields of a request stay absent rather than undefined. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }; // same keys, undefined removed
}

/** `invalid_input` for something that is not there: there is no value to show, so it says what to write. */
export function missingInput(field: string, hint: string): WaggleError {
  return new WaggleError('invalid_input', `${field}: is missing; ${hint}`, {
    details: { field, problem: 'is missing' },
  });
}
