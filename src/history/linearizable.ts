import { isBefore, type Moment } from './moment.ts';

/**
 * One call on a versioned register (a context key): a read, or a write that may ask for the version it replaces. What
 * certainly did not happen is left out, but for a write refused because of its version: that tells what was there.
 */
export interface RegisterCall {
  readonly kind: 'get' | 'set' | 'mismatch';
  readonly invoked: Moment;
  /** Undefined: nobody knows how it ended. It may take effect at any time after its invoke, or never. */
  readonly ended: Moment | undefined;
  /** The version a write asked to replace; undefined replaces whatever is there. */
  readonly expected: number | undefined;
  /** Version read, or given by the write, or told by the refusal; 0 where nothing is. */
  readonly version: number | undefined;
  /** Undefined: no value (never written, or deleted). */
  readonly value: string | undefined;
}

export interface RegisterVerdict {
  /** Calls of each stretch that no order explains. */
  readonly broken: readonly (readonly RegisterCall[])[];
  /** Stretches that were too large to search, by their number of calls. Not checked is not fine. */
  readonly skipped: readonly number[];
}

export interface RegisterLimits {
  /** Most calls that are searched together. Default 200: the search is exponential in the worst case. */
  readonly windowCalls?: number;
  /** Most states looked at for one stretch. Default 100 000. */
  readonly states?: number;
}

/** What the register may hold. A version that was never told is only known to be above another. */
interface Held {
  readonly version: number | undefined;
  readonly above: number;
  /** False after a stretch that was not searched: the value may be anything. */
  readonly isKnown: boolean;
  readonly value: string | undefined;
}

/** A way the stretches so far can have gone: what is held, and which calls of unknown outcome are still to come. */
interface Way {
  readonly held: Held;
  readonly open: ReadonlySet<RegisterCall>;
}

const nothing: Held = { version: 0, above: 0, isKnown: true, value: undefined };

/**
 * Looks for an order of the calls, each at one instant between its invoke and its end, that explains every answer: Wing
 * and Gong's search with the memory of Lowe, between the instants at which no call was open. Versions only rise (G16).
 */
export function checkRegister(calls: readonly RegisterCall[], limits: RegisterLimits = {}): RegisterVerdict {
  const { windowCalls = 200, states = 100_000 } = limits;
  const broken: RegisterCall[][] = [];
  const skipped: number[] = [];
  const numbers = new Map(calls.map((call, index) => [call, index]));
  let ways: Way[] = [{ held: nothing, open: new Set() }];
  for (const stretch of stretches(calls)) {
    const doubtful = stretch.filter(({ ended }) => ended === undefined);
    const open = new Set(ways.flatMap((way) => [...way.open]));
    const size = stretch.length + open.size;
    const after = size > windowCalls ? undefined : searchAll(ways, stretch, states, numbers);
    if (after !== undefined && after.length > 0) {
      ways = after;
      continue;
    }
    if (after === undefined) skipped.push(size);
    else broken.push([...open, ...stretch]);
    // Go on with what may be there now, so that one bad stretch is one finding.
    const highest = stretch.reduce((most, { version = 0 }) => Math.max(most, version), 0);
    const unknown: Held = {
      version: undefined,
      above: after === undefined ? highest - 1 : -1,
      isKnown: false,
      value: undefined,
    };
    ways = [{ held: unknown, open: new Set([...open, ...doubtful]) }];
  }
  return { broken, skipped };
}

/** Cut where every answered call had been answered before the next one began. */
function stretches(calls: readonly RegisterCall[]): RegisterCall[][] {
  const sorted = [...calls].sort((a, b) => a.invoked.t - b.invoked.t || a.invoked.line - b.invoked.line);
  const found: RegisterCall[][] = [];
  let current: RegisterCall[] = [];
  let answered: Moment[] = [];
  for (const call of sorted) {
    if (current.length > 0 && answered.every((moment) => isBefore(moment, call.invoked))) {
      found.push(current);
      current = [];
      answered = [];
    }
    current.push(call);
    if (call.ended !== undefined)
      answered = [...answered.filter((moment) => !isBefore(moment, call.invoked)), call.ended];
  }
  if (current.length > 0) found.push(current);
  return found;
}

/** All ways in which the stretch can have gone after those before it; undefined when there were too many to look at. */
function searchAll(
  ways: readonly Way[],
  stretch: readonly RegisterCall[],
  most: number,
  numbers: ReadonlyMap<RegisterCall, number>,
): Way[] | undefined {
  const ends = new Map<string, Way>();
  let budget = most;
  for (const way of ways) {
    const search = new Search([...way.open, ...stretch], budget);
    if (!search.run(way.held)) return undefined;
    budget -= search.seen;
    for (const end of search.ends) {
      const open = [...end.open].map((call) => numbers.get(call) ?? 0).sort((a, b) => a - b);
      ends.set(`${describe(end.held)} ${open.join()}`, end);
    }
  }
  return [...ends.values()];
}

class Search {
  readonly ends: Way[] = [];
  readonly #calls: readonly RegisterCall[];
  /** Which calls must have happened before each: bits by index. */
  readonly #before: readonly bigint[];
  readonly #required: bigint;
  readonly #visited = new Set<string>();
  readonly #most: number;

  constructor(calls: readonly RegisterCall[], most: number) {
    this.#calls = calls;
    this.#most = most;
    this.#before = calls.map(({ invoked }) =>
      bits(calls, ({ ended }) => ended !== undefined && isBefore(ended, invoked)),
    );
    this.#required = bits(calls, ({ ended }) => ended !== undefined);
  }

  get seen(): number {
    return this.#visited.size;
  }

  /** False when it gave up. Its own stack: a stretch may be deeper than the engine's. */
  run(start: Held): boolean {
    const pending: { done: bigint; held: Held }[] = [{ done: 0n, held: start }];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      const { done, held } = at;
      const key = `${done.toString(36)} ${describe(held)}`;
      if (this.#visited.has(key)) continue;
      if (this.#visited.size >= this.#most) return false;
      this.#visited.add(key);
      if ((done & this.#required) === this.#required) {
        const open = new Set(this.#calls.filter((_, index) => (done & (1n << BigInt(index))) === 0n));
        this.ends.push({ held, open });
      }
      this.#calls.forEach((call, index) => {
        const bit = 1n << BigInt(index);
        const before = this.#before[index] ?? 0n;
        if ((done & bit) !== 0n || (before & done) !== before) return;
        const next = after(held, call);
        if (next !== undefined) pending.push({ done: done | bit, held: next });
      });
    }
    return true;
  }
}

function bits(calls: readonly RegisterCall[], wanted: (call: RegisterCall) => boolean): bigint {
  return calls.reduce((set, call, index) => (wanted(call) ? set | (1n << BigInt(index)) : set), 0n);
}

/** What is held after the call took effect; undefined when it cannot have, with that answer. */
function after(held: Held, call: RegisterCall): Held | undefined {
  const { kind, expected, version, value } = call;
  if (kind === 'get') {
    const read = atVersion(held, version);
    if (read === undefined || (read.isKnown && read.value !== value)) return undefined;
    return { ...read, isKnown: true, value };
  }
  if (kind === 'mismatch') {
    const told = atVersion(held, version);
    return told !== undefined && (told.version === undefined || told.version !== expected) ? told : undefined;
  }
  const replaced = atVersion(held, expected);
  if (replaced === undefined) return undefined;
  const floor = replaced.version ?? replaced.above;
  if (version !== undefined && version <= floor) return undefined;
  return { version, above: floor, isKnown: true, value };
}

/** The same, now known to be at this version; undefined when it is at another. */
function atVersion(held: Held, version: number | undefined): Held | undefined {
  if (version === undefined) return held;
  if (held.version !== undefined) return held.version === version ? held : undefined;
  return version > held.above ? { ...held, version } : undefined;
}

function describe({ version, above, isKnown, value }: Held): string {
  return `${version ?? `>${above}`} ${isKnown ? JSON.stringify(value ?? null) : '?'}`;
}
