import { forgedEntry, type LegacyEntry, legacyEntry, legacyQueue } from './legacy-queue.ts';
import { createRandom, type Random } from './random.ts';

/** A compact queue file whose messages carry entries, damaged in up to three places. */
export interface PlantedFile {
  readonly name: string;
  readonly bytes: Buffer;
  /** Texts of the entries that stood at the top level and are still in one piece. */
  readonly intact: readonly string[];
  /** Texts of the entries inside messages. */
  readonly planted: ReadonlySet<string>;
}

const longestSpan = 200;

/** A seeded file; with `carries` false its messages carry nothing, and all else is as likely. */
export function plantedFile(seed: number, index: number, carries = true): PlantedFile {
  const random = createRandom(seed * 1_000_003 + index * 7919);
  const share = random.pick([0.2, 0.5, 0.5, 1]);
  const entries = Array.from({ length: 1 + random.below(8) }, (_, at) =>
    legacyEntry(random, at, random.chance(share) && carries ? carryingMessage(random) : undefined),
  );
  const queue = legacyQueue(entries);
  let bytes: Buffer = Buffer.from(queue.text);
  const names: string[] = [];
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const kind = random.pick(['zeros', 'hole', 'stale', 'spaces']);
    names.push(kind);
    bytes = damaged(random, bytes, kind);
  }
  if (random.chance(0.15)) {
    names.push('short over long');
    bytes = shortOverLong(random, entries, bytes);
  }
  return {
    name: `planted #${index} of seed ${seed}: ${names.join(', ')}`,
    bytes,
    intact: queue.entries.filter((entry) => bytes.includes(entry)),
    planted: new Set(entries.flatMap(({ message }) => entriesIn(message))),
  };
}

/** Texts of the entries in a message, those inside others too. */
function entriesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(entriesIn);
  return 'queue_id' in value ? [JSON.stringify(value), ...inner] : inner;
}

/** What agents can put into a message: entries, alone, in lists, ever deeper, as text, and all of it mixed. */
function carryingMessage(random: Random): unknown {
  const forged = (): LegacyEntry => forgedEntry(random);
  const list = (): LegacyEntry[] => Array.from({ length: 1 + random.below(5) }, forged);
  return random.pick<() => unknown>([
    list,
    forged,
    () => [list(), [list()]],
    () => JSON.stringify(list()),
    () => [{ z: 1 }, forged(), {}, JSON.stringify(forged()), forged()],
    () => ({ content: 'see the list', list: list(), y: 1 }),
    () => ({ content: 'see below', payload: forged(), note: 'after' }),
    () => ({ list: list() }),
    () => ({ entries: list() }),
  ])();
}

function damaged(random: Random, bytes: Buffer, kind: string): Buffer {
  const length = Math.min(bytes.length, 1 + random.below(longestSpan));
  const at = random.below(bytes.length - length + 1);
  if (kind === 'hole') return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
  const copy = Buffer.from(bytes);
  if (kind === 'stale') {
    const from = random.below(bytes.length - length + 1);
    bytes.copy(copy, at, from, from + length);
  } else copy.fill(kind === 'zeros' ? 0 : ' ', at, at + length);
  return copy;
}

/** A shorter list of the same entries, written over the beginning. */
function shortOverLong(random: Random, entries: readonly LegacyEntry[], bytes: Buffer): Buffer {
  const short = Buffer.from(legacyQueue(entries.filter(() => random.chance(0.4))).text);
  return Buffer.concat([short, bytes.subarray(Math.min(short.length, bytes.length))]);
}
