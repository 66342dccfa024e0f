import { type LegacyQueue, legacyEntry, legacyId, legacyQueue, randomQueue } from './legacy-queue.ts';
import { createRandom, type Random } from './random.ts';

/** A damaged queue file and what is true of it. */
export interface DamagedFile {
  readonly name: string;
  readonly class: string;
  readonly bytes: Buffer;
  /** Texts of the original entries whose bytes are still in one piece, as they stand in the file once decoded. */
  readonly intact: readonly string[];
  /** An entry lost its end or its head in a way that may hide others; only then may anything be ambiguous. */
  readonly leftUnclosed: boolean;
}

type Damage = (
  random: Random,
  queue: LegacyQueue,
) => Omit<DamagedFile, 'class' | 'intact'> & { intact?: readonly string[] };

/** Every class but the real races, which need processes. `weight` is the files of the whole table. */
const classes: Readonly<Record<string, { weight: number; hostile?: number; make: Damage }>> = {
  truncation: { weight: 9000, make: truncate },
  'bit flips': { weight: 5000, make: (random, queue) => flip(random, queue, random.pick([1, 1, 8, 64])) },
  'short over long': { weight: 1500, make: shortOverLong },
  'interleaved writers': { weight: 1500, make: interleave },
  'scripted syntax': { weight: 1200, make: scriptedSyntax },
  'scripted cuts': { weight: 1000, make: cut },
  blocks: { weight: 1200, make: block },
  empty: { weight: 60, make: empty },
  encoding: { weight: 600, make: encode },
  identity: { weight: 800, make: identity },
  'hostile truncation': { weight: 3000, hostile: 0.5, make: truncate },
  'hostile flips': {
    weight: 3000,
    hostile: 0.5,
    make: (random, queue) => flip(random, queue, random.pick([1, 1, 8, 64])),
  },
  'hostile cuts': { weight: 1200, hostile: 0.5, make: cut },
  'hostile blocks': { weight: 1200, hostile: 0.5, make: block },
  'hostile short over long': { weight: 800, hostile: 0.5, make: shortOverLong },
  'hostile interleaved': { weight: 1200, hostile: 0.5, make: interleave },
};

export const corpusClasses: readonly string[] = Object.keys(classes);

/** The seeded files of one class, one at a time. `share` is the part of the whole table that is made. */
export function* damagedFiles(name: string, seed: number, share: number): Generator<DamagedFile> {
  const found = classes[name];
  if (found === undefined) throw new Error(`no corpus class ${name}`);
  const count = Math.max(4, Math.round(found.weight * share));
  for (let index = 0; index < count; index += 1) {
    const random = createRandom(seed * 1_000_003 + index * 7919 + name.length * 31 + (name.codePointAt(0) ?? 0));
    const size = index % 500 === 250 ? 5000 : random.pick([1, 3, 8, 30, 30, 30, index % 50 === 0 ? 450 : 90]);
    const queue = randomQueue(random, size, undefined, found.hostile ?? 0, index % 100 === 10);
    const made = found.make(random, queue);
    const intact = made.intact ?? queue.entries.filter((entry) => made.bytes.includes(entry));
    yield { ...made, name: `${name} #${index}: ${made.name}`, class: name, intact };
  }
}

function truncate(random: Random, queue: LegacyQueue): ReturnType<Damage> {
  const bytes = Buffer.from(queue.text);
  const at = random.chance(0.1) ? bytes.length - 1 : random.below(bytes.length);
  return { name: `cut off at ${at}`, bytes: bytes.subarray(0, at), leftUnclosed: true };
}

function flip(random: Random, queue: LegacyQueue, flips: number): ReturnType<Damage> {
  const bytes = Buffer.from(queue.text);
  for (let count = 0; count < flips; count += 1) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return { name: `${flips} flips`, bytes, leftUnclosed: true };
}

function shortOverLong(random: Random, queue: LegacyQueue): ReturnType<Damage> {
  const long = Buffer.from(queue.text);
  const kept = queue.entries.filter(() => random.chance(0.4));
  const separator = queue.isIndented ? ',\n  ' : ',';
  const short = Buffer.from(queue.isIndented ? `[\n  ${kept.join(separator)}\n]` : `[${kept.join(separator)}]`);
  const rest = long.subarray(Math.min(short.length, long.length));
  // A leftover that begins right at `}` or `,"key":` reads exactly like the rest of an entry around the whole list; no
  // reader can tell these apart, so the list is kept but not delivered (docs/recovery.md).
  // Where messages carry entries, a comma may be inside one of them just as well.
  const head = rest.toString('latin1', 0, 100);
  const isContinuation =
    /^\s*([\]}]|,\s*(["[\dtfn-]|\{(?!\s*"message")))/.test(head) || (/^\s*,/.test(head) && queue.isHostile);
  return {
    name: `${short.length} over ${long.length}`,
    bytes: Buffer.concat([short, rest]),
    // What follows the short list is then nowhere known to be at the top level, unless lines show it.
    leftUnclosed: isContinuation || (queue.isHostile && !queue.isIndented),
  };
}

function interleave(random: Random, queue: LegacyQueue): ReturnType<Damage> {
  const versions = [Buffer.from(queue.text)];
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const kept = queue.entries.filter(() => random.chance(0.85));
    versions.push(Buffer.from(`[${kept.join(',')}]`));
  }
  const page = random.pick([512, 4096, 8192]);
  const length = Math.max(...versions.map((version) => version.length));
  const bytes = Buffer.alloc(length);
  let end = 0;
  for (let at = 0; at < length; at += page) {
    const version = versions[random.below(versions.length)] ?? Buffer.alloc(0);
    const part = version.subarray(at, at + page);
    part.copy(bytes, at);
    end = Math.max(end, at + part.length);
  }
  return { name: `pages of ${page}`, bytes: bytes.subarray(0, end), leftUnclosed: true };
}

function scriptedSyntax(random: Random, queue: LegacyQueue): ReturnType<Damage> {
  const { entries } = queue;
  const join = (separators: () => string, end = ']') =>
    Buffer.from(`[${entries.map((entry) => entry + separators()).join('')}${end}`);
  const one = (name: string, bytes: Buffer, intact?: readonly string[]) => ({
    name,
    bytes,
    leftUnclosed: false,
    ...(intact ? { intact } : {}),
  });
  const between = (middle: string) => {
    const at = random.below(entries.length + 1);
    const parts = [entries.slice(0, at).join(','), entries.slice(at).join(',')].filter((part) => part !== '');
    return Buffer.from(`[${parts.join(`,${middle}`)}]`);
  };
  switch (random.below(10)) {
    case 0:
      return one(
        'two arrays',
        Buffer.concat([Buffer.from(queue.text), Buffer.from(`[${entries.slice(1).join(',')}]`)]),
      );
    case 1:
      return one('one a line', Buffer.from(entries.map((entry) => `${entry}\n`).join('')));
    case 2:
      return one(
        'missing commas',
        join(() => random.pick(['', ',', ' '])),
      );
    case 3:
      return one(
        'extra commas',
        join(() => random.pick([',', ',,', ', ,'])),
      );
    case 4:
      return one(
        'no commas, no end',
        join(() => '\n', ''),
      );
    case 5: {
      const python = entries.map(toPython);
      return one('Python literals', Buffer.from(`[${python.join(', ')}]`), python);
    }
    case 6: {
      const nan = entries.map((entry) =>
        entry.replace(/"priority_score":\s?[0-9.]+/, `"priority_score": ${random.pick(['NaN', '-Infinity'])}`),
      );
      return one('NaN', Buffer.from(`[${nan.join(',')}]`), nan);
    }
    case 7:
      return one(
        'merge markers',
        between(`\n<<<<<<< HEAD\n${entries[0]},\n=======\n${entries.at(-1)},\n>>>>>>> 1a2b3c4 (fix: queue)\n`),
      );
    case 8:
      return one('log line between', between('\n2025-09-09 00:56:13,516 - ERROR - queue save failed: Extra data\n'));
    default:
      return one(
        'wrapper',
        Buffer.from(
          random.pick([
            `{"entries":[${entries.join(',')}]}`,
            `{"version": 2, "pending_pushes": [${entries.join(', ')}], "count": 3}`,
          ]),
        ),
      );
  }
}

/** True, False and null outside strings as Python's repr writes them. */
function toPython(entry: string): string {
  return entry.replace(
    /"(?:[^"\\]|\\.)*"|true|false|null/g,
    (token) => ({ true: 'True', false: 'False', null: 'None' })[token] ?? token,
  );
}

function cut(random: Random, queue: LegacyQueue): ReturnType<Damage> {
  const bytes = Buffer.from(queue.text);
  const from = random.below(bytes.length);
  const length = 1 + random.below(random.pick([3, 300, 3000]));
  switch (random.below(4)) {
    case 0: {
      // The head's loss leaves no entry open; but a file that begins at a `}` or mid-list is told apart only later.
      return { name: `head of ${from} lost`, bytes: bytes.subarray(from), leftUnclosed: true };
    }
    case 1: {
      const line = '\n2025-09-09 00:56:13,516 - INFO - {"saved": [1, 2]} "ok"\n';
      return { name: `log line at ${from}`, bytes: splice(bytes, from, 0, line), leftUnclosed: true };
    }
    default:
      return { name: `${length} lost at ${from}`, bytes: splice(bytes, from, length, ''), leftUnclosed: true };
  }
}

function block(random: Random, queue: LegacyQueue): ReturnType<Damage> {
  const bytes = Buffer.from(queue.text);
  const source = Buffer.from(bytes);
  for (let count = random.pick([1, 1, 2, 3]); count > 0; count -= 1) {
    const length = Math.min(200 + random.below(600), bytes.length);
    const at = random.below(bytes.length - length + 1);
    const stale = random.below(source.length - length + 1);
    const kind = random.below(3);
    if (kind === 2) source.copy(bytes, at, stale, stale + length);
    else bytes.fill(kind === 0 ? 0 : 0xff, at, at + length);
  }
  return { name: 'blocks', bytes, leftUnclosed: true };
}

function empty(random: Random): ReturnType<Damage> {
  const text = random.pick([
    '',
    '[',
    ' \n\t',
    '\n',
    '[]',
    '[ ]',
    '{',
    ']',
    '\ufeff',
    'null',
    '0',
    '"',
    '[[',
    '{}',
    '{"entries":[]}',
  ]);
  return { name: JSON.stringify(text), bytes: Buffer.from(text), intact: [], leftUnclosed: false };
}

function encode(random: Random, queue: LegacyQueue): ReturnType<Damage> {
  const { text, entries } = queue;
  const le = Buffer.from(text, 'utf16le');
  const be = Buffer.from(le).swap16();
  switch (random.below(7)) {
    case 0:
      return { name: 'UTF-8 mark', bytes: Buffer.from(`\ufeff${text}`), leftUnclosed: false };
    case 1:
      return {
        name: 'UTF-16LE',
        bytes: Buffer.concat([Buffer.from([0xff, 0xfe]), le]),
        intact: entries,
        leftUnclosed: false,
      };
    case 2:
      return {
        name: 'UTF-16BE',
        bytes: Buffer.concat([Buffer.from([0xfe, 0xff]), be]),
        intact: entries,
        leftUnclosed: false,
      };
    case 3:
      return { name: 'UTF-16 without mark', bytes: random.chance(0.5) ? le : be, intact: entries, leftUnclosed: false };
    case 4: {
      const bytes = Buffer.from(text);
      bytes[1 + random.below(bytes.length - 1)] = random.pick([0x80, 0xff, 0xc3, 0xe2]);
      return { name: 'invalid UTF-8', bytes, leftUnclosed: true };
    }
    case 5: {
      const lone = entries.map((entry) => entry.replace('"metadata"', '"surrogate":"\\ud83d","metadata"'));
      return { name: 'lone surrogates', bytes: Buffer.from(`[${lone.join(',')}]`), intact: lone, leftUnclosed: false };
    }
    default: {
      const page = random.pick(['latin1', 'windows-1252', 'macintosh'] as const);
      const mojibake = entries.map((entry) => misread(Buffer.from(entry), page));
      return { name: 'mojibake', bytes: Buffer.from(`[${mojibake.join(',')}]`), intact: mojibake, leftUnclosed: false };
    }
  }
}

/** UTF-8 read as if it were a code page of one byte a character. */
function misread(bytes: Buffer, page: 'latin1' | 'windows-1252' | 'macintosh'): string {
  return page === 'latin1' ? bytes.toString('latin1') : new TextDecoder(page).decode(bytes);
}

function identity(random: Random): ReturnType<Damage> {
  const entries = Array.from({ length: 6 }, (_, index) => legacyEntry(random, index));
  const odd = JSON.stringify(legacyEntry(random, 9));
  const extra = random.pick([
    odd.replace('{"message"', '{"status":"PENDING","message"'),
    odd.replace('"queue_id"', '"__proto__":{"admin":true},"queue_id"'),
    odd.replace(/"status":"[A-Z]+",/, ''),
    odd.replace(/"queue_id":"[^"]+"/, '"queue_id":9007199254740993'),
    odd.replace(/"queue_id":"[^"]+"/, `"queue_id":"${entries[0]?.queue_id ?? legacyId(random)}"`),
    JSON.stringify(legacyEntry(random, 9, 'DEEP')).replace('"DEEP"', `${'['.repeat(10_000)}${']'.repeat(10_000)}`),
    JSON.stringify(entries[1]),
  ]);
  const texts = [...legacyQueue(entries).entries];
  texts.splice(random.below(texts.length + 1), 0, extra);
  return { name: 'identity', bytes: Buffer.from(`[${texts.join(',')}]`), intact: texts, leftUnclosed: true };
}

function splice(bytes: Buffer, at: number, removed: number, added: string): Buffer {
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(added),
    bytes.subarray(Math.min(bytes.length, at + removed)),
  ]);
}
