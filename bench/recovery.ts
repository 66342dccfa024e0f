/**
 * How much of a damaged queue comes back, by class of damage: our scanner, JSON.parse and three repair libraries.
 * `node bench/recovery.ts [seed] [scale]` prints the table of docs/recovery.md. A returned object counts as *invented or
 * altered* when it is not one of the file's original entries. `scale 1` is a fortieth of the corpus.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as bestEffortParse, disableErrorLogging } from 'best-effort-json-parser';
import { jsonrepair } from 'jsonrepair';
import { parse as partialParse } from 'partial-json';
import { scanQueue } from '../src/recovery/queue-scan.ts';
import { corpusClasses, type DamagedFile, damagedFiles } from '../test/support/corruption-corpus.ts';
import { type Measured, writeBigQueue } from '../test/support/measure-recovery.ts';

const seed = Number(process.argv[2] ?? 1);
const scale = Number(process.argv[3] ?? 1) / 40;
/** jsonrepair is quadratic on some inputs; larger files would take minutes. */
const maxBytes = 40_000;

/** What a reader returns, one spelling each. */
type Reader = (bytes: Buffer) => string[];

const readers: Readonly<Record<string, Reader>> = {
  'Waggle, delivered': (bytes) =>
    [...scanQueue(bytes).entries].filter(({ status }) => status === 'recovered').map(({ source }) => canonical(source)),
  'Waggle, all kept': (bytes) => [...scanQueue(bytes).entries].map(({ source }) => canonical(source)),
  'JSON.parse': (bytes) => listOf(JSON.parse(bytes.toString('utf8'))),
  'jsonrepair 3.15.0': (bytes) => listOf(JSON.parse(jsonrepair(bytes.toString('utf8')))),
  'partial-json 0.1.7': (bytes) => listOf(partialParse(bytes.toString('utf8'))),
  'best-effort 1.5.1': (bytes) => listOf(bestEffortParse(bytes.toString('utf8'))),
};

interface Row {
  files: number;
  intact: number;
  found: number;
  threw: number;
  wrong: number;
}

/** Objects a caller of the library would take for entries. */
function listOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list
    .filter((item) => typeof item === 'object' && item !== null && ('message' in item || 'queue_id' in item))
    .map(shown);
}

function measure(read: Reader, files: readonly DamagedFile[], originals: ReadonlySet<string>): Row {
  const row: Row = { files: files.length, intact: 0, found: 0, threw: 0, wrong: 0 };
  for (const file of files) {
    const wanted = new Set(file.intact.map((text) => canonical(text)));
    row.intact += wanted.size;
    let returned: Set<string>;
    try {
      returned = new Set(read(file.bytes));
    } catch {
      row.threw += 1;
      continue;
    }
    for (const text of wanted) if (returned.has(text)) row.found += 1;
    for (const text of returned) if (!wanted.has(text) && !originals.has(text)) row.wrong += 1;
  }
  return row;
}

/** One spelling for an entry, however it was written; Python literals are undone. */
function canonical(text: string): string {
  const undone = text.replace(
    /"(?:[^"\\]|\\.)*"|-?Infinity|NaN|None|True|False/g,
    (token) => ({ None: 'null', True: 'true', False: 'false', NaN: 'null', '-Infinity': 'null' })[token] ?? token,
  );
  try {
    return JSON.stringify(JSON.parse(undone));
  } catch {
    return text;
  }
}

/** Some libraries build values too deep to write again. */
function shown(entry: unknown): string {
  try {
    return JSON.stringify(entry);
  } catch {
    return 'too deep';
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function percent(row: Row): string {
  return row.intact === 0 ? '–' : `${((100 * row.found) / row.intact).toFixed(1)} %`;
}

function measureBig(): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'waggle-bench-'));
  try {
    const path = join(folder, 'queue.json');
    writeBigQueue(path, 64 * 2 ** 20);
    const script = new URL('../test/support/measure-recovery.ts', import.meta.url).pathname;
    return JSON.parse(execFileSync(process.execPath, [script, path], { encoding: 'utf8' })) as Measured; // Its own format.
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// It reports each problem on the console otherwise.
disableErrorLogging();
bestEffortParse.onExtraToken = () => {};

const names = Object.keys(readers);
const totals = new Map<string, Row>(names.map((name) => [name, { files: 0, intact: 0, found: 0, threw: 0, wrong: 0 }]));
print(`Seed ${seed}. Each cell: recall of intact entries / files that threw / objects invented or altered.\n`);
print(`| Class | Files | Intact | ${names.join(' | ')} |`);
print(`|---|---|---|${names.map(() => '---').join('|')}|`);
for (const name of corpusClasses.filter((each) => each !== 'empty')) {
  const files = [...damagedFiles(name, seed, scale)].filter((file) => file.bytes.length <= maxBytes);
  const originals = new Set(files.flatMap((file) => file.intact.map(canonical)));
  const rows = names.map((reader) => {
    const read = readers[reader];
    if (read === undefined) throw new Error(`no reader ${reader}`);
    const row = measure(read, files, originals);
    const total = totals.get(reader);
    if (total) for (const key of ['files', 'intact', 'found', 'threw', 'wrong'] as const) total[key] += row[key];
    return row;
  });
  const cells = rows.map((row) => `${percent(row)} / ${row.threw} / ${row.wrong}`);
  print(`| ${name} | ${files.length} | ${rows[0]?.intact ?? 0} | ${cells.join(' | ')} |`);
}
const all = names.map((name) => totals.get(name)).filter((row) => row !== undefined);
print(
  `| **all** | ${all[0]?.files} | ${all[0]?.intact} | ${all.map((row) => `**${percent(row)}** / ${row.threw} / ${row.wrong}`).join(' | ')} |`,
);
const big = measureBig();
const mebibytes = big.bytes / 2 ** 20;
print(
  `\n64 MiB, scanned and listed: ${(mebibytes / (big.cpuMs / 1000)).toFixed(0)} MiB a second of processor time, ${big.recovered} entries, memory growth ${(big.peakGrowth / big.bytes).toFixed(2)} x the file.`,
);
