import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toImportCandidate } from '../../src/recovery/legacy-message.ts';
import { type QueueScan, type RecoveredEntry, scanQueue } from '../../src/recovery/queue-scan.ts';
import { corpusClasses, type DamagedFile, damagedFiles } from '../support/corruption-corpus.ts';
import { isForged, randomQueue } from '../support/legacy-queue.ts';
import { naiveScan } from '../support/naive-scanner.ts';
import { createRandom } from '../support/random.ts';
import { realRace } from '../support/real-races.ts';

const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? 1);
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);
const timeout = scale > 1 ? 3_600_000 : 120_000;
/** A test run tries a sixteenth of the table, a long one all of it. */
const share = scale > 1 ? 1 : scale / 16;
const races = scale > 1 ? 300 : 6;
/** The corpus has messages of 400 KB. */
const options = { maxEntryBytes: 2 ** 20 };
process.stdout.write(`recovery corpus: WAGGLE_TEST_SEED=${seed} WAGGLE_TEST_SCALE=${scale}\n`);

interface Tally {
  files: number;
  intact: number;
  delivered: number;
}

function check(file: DamagedFile, tally: Tally): void {
  const before = digest(file.bytes);
  const scan = scanQueue(file.bytes, options);
  const entries = [...scan.entries];
  expect(digest(file.bytes), file.name).toBe(before);

  checkRecall(file, entries, tally);
  for (const entry of entries) checkNotInvented(file, scan, entry);
  checkReport(file, scan, entries);
  tally.files += 1;
  checkNotForged(file, entries);
}

/**
 * Goal (c), for every file in which anything shows damage. Two seams that leave a file which is valid JSON from end to
 * end put the planted entry into its list: then the file says so itself, and nothing in it says otherwise.
 */
function checkNotForged(file: DamagedFile, entries: readonly RecoveredEntry[]): void {
  const forged = entries.filter((entry) => entry.status === 'recovered' && isForged(entry.entry));
  if (forged.length === 0 || isValidJson(file.bytes)) return;
  expect(
    forged.map(({ offset }) => offset),
    `${file.name}: planted entries delivered`,
  ).toEqual([]);
}

/** Goal (a). */
function checkRecall(file: DamagedFile, entries: readonly RecoveredEntry[], tally: Tally): void {
  const found = new Map(entries.map((entry) => [entry.source, entry]));
  const wanted = new Set(file.intact);
  tally.intact += wanted.size;
  for (const text of wanted) {
    const entry = found.get(text);
    // Whole entries inside a message of a file without any error are part of it, whatever seams brought them there.
    if (entry === undefined && isValidJson(file.bytes)) continue;
    expect(entry, `${file.name}: intact entry is missing: ${text.slice(0, 200)}`).toBeDefined();
    if (entry?.status === 'recovered') tally.delivered += 1;
    else if (!file.leftUnclosed) expect(entry?.status, `${file.name}: ${entry?.reason}`).toBe('recovered');
  }
}

/** Goals (b) and (d). */
function checkNotInvented(file: DamagedFile, scan: QueueScan, entry: RecoveredEntry): void {
  const span = file.bytes.subarray(entry.offset, entry.offset + entry.length);
  const text = decoded(span, scan.encoding);
  expect(entry.source === text || entry.reason?.includes('encoding'), file.name).toBe(true);
  const value: unknown = JSON.parse(withoutPython(text));
  expect(typeof value, file.name).toBe('object');
  if (entry.status !== 'recovered') {
    expect(entry.reason, file.name).toBeTypeOf('string');
    return;
  }
  for (const field of ['message', 'queue_id', 'priority_score', 'status', 'created_at', 'updated_at']) {
    expect(Object.hasOwn(value ?? {}, field), `${file.name}: ${field}`).toBe(true);
  }
  expect(entry.entry, file.name).toEqual(value);
  if (entry.supersededBy !== undefined) return;
  const candidate = toImportCandidate(entry, { sha256: 'x', name: 'queue.json' });
  expect(candidate.provenance.unverified).toBe(true);
}

/** Goals (c), (g), (h), (i). */
function checkReport(file: DamagedFile, scan: QueueScan, entries: readonly RecoveredEntry[]): void {
  expect(scan.recoveredBytes + scan.ambiguousBytes + scan.discardedBytes, file.name).toBe(file.bytes.length);
  let end = 0;
  for (const range of scan.ranges) {
    expect(range.offset, file.name).toBe(end);
    end += range.length;
  }
  expect(end, file.name).toBe(file.bytes.length);
  const winners = entries.filter((entry) => entry.status === 'recovered' && entry.supersededBy === undefined);
  const ambiguous = entries.filter((entry) => entry.status === 'ambiguous');
  expect([winners.length, ambiguous.length], file.name).toEqual([scan.recovered, scan.ambiguous]);
  expect(new Set(winners.map(({ queueId }) => queueId)).size, file.name).toBe(winners.length);
  const named = { sha256: 'x', name: 'queue.json' };
  for (const entry of ambiguous) expect(toImportCandidate(entry, named).state, file.name).toBe('quarantined');
  const keys = winners.concat(ambiguous).map((entry) => toImportCandidate(entry, named).key);
  expect(new Set(keys).size, file.name).toBe(keys.length);
}

describe('every class of damage keeps the recovery goals', () => {
  test.each(corpusClasses)('%s', { timeout }, (name) => {
    const tally: Tally = { files: 0, intact: 0, delivered: 0 };
    for (const file of damagedFiles(name, seed, share)) check(file, tally);
    report(name, tally);
  });

  test('real races of the legacy writer', { timeout }, async () => {
    const tally: Tally = { files: 0, intact: 0, delivered: 0 };
    for (let race = 0; race < races; race += 1) {
      check(await realRace(2 + ((race + seed) % 8), scale > 1 ? 12 : 25), tally);
    }
    expect(tally.intact).toBeGreaterThan(0);
    report('real races', tally);
  });
});

test('negative control: a scanner that resynchronises inside damaged entries delivers forged ones', () => {
  let forged = 0;
  for (const name of ['hostile truncation', 'hostile flips', 'hostile cuts']) {
    for (const file of damagedFiles(name, seed, 0.02)) forged += naiveScan(file.bytes).filter(isForged).length;
  }
  expect(forged).toBeGreaterThan(50);
});

test('every bit of an entry can flip', { timeout }, () => {
  const step = scale > 1 ? 1 : 7; // Coprime to 8: each bit of a byte has its turn.
  for (const hostile of [0, 1]) {
    const queue = randomQueue(createRandom(seed), 3, false, hostile);
    const from = queue.text.indexOf(queue.entries[1] ?? '');
    const bits = 8 * Buffer.byteLength(queue.entries[1] ?? '');
    const tally: Tally = { files: 0, intact: 0, delivered: 0 };
    for (let bit = 0; bit < bits; bit += step) {
      const bytes = Buffer.from(queue.text);
      const at = Buffer.byteLength(queue.text.slice(0, from)) + (bit >> 3);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
      const intact = queue.entries.filter((entry) => bytes.includes(entry));
      check({ name: `bit ${bit}`, class: 'one bit', bytes, intact, leftUnclosed: true }, tally);
    }
    report(`every bit, hostile ${hostile}`, tally);
  }
});

test('every byte of a small file can be the last', { timeout }, () => {
  // In the long run the 30 entries of the table, else the first ones.
  for (const hostile of [0, 0.5]) {
    const whole = Buffer.from(randomQueue(createRandom(seed), 30, false, hostile).text);
    for (let end = 0; end <= Math.min(whole.length, scale > 1 ? whole.length : 3000); end += 1) {
      const bytes = whole.subarray(0, end);
      const scan = scanQueue(bytes);
      expect(scan.recoveredBytes + scan.ambiguousBytes + scan.discardedBytes).toBe(end);
      expect([...scan.entries].filter((entry) => entry.status === 'recovered' && isForged(entry.entry))).toEqual([]);
    }
  }
});

function report(name: string, { files, intact, delivered }: Tally): void {
  process.stdout.write(`${name}: ${files} files, ${intact} intact entries kept, ${delivered} of them delivered\n`);
}

function isValidJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function decoded(bytes: Buffer, encoding: QueueScan['encoding']): string {
  if (encoding === 'utf-8') return bytes.toString('utf8');
  return encoding === 'utf-16le' ? bytes.toString('utf16le') : Buffer.from(bytes).swap16().toString('utf16le');
}

/** Independent of the product's own undoing of Python literals. */
function withoutPython(text: string): string {
  const tokens: Record<string, string> = {
    None: 'null',
    True: 'true',
    False: 'false',
    NaN: 'null',
    Infinity: 'null',
    '-Infinity': 'null',
  };
  if (!/None|True|False|NaN|Infinity/.test(text)) return text;
  return text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN|None|True|False/g, (token) => tokens[token] ?? token);
}
