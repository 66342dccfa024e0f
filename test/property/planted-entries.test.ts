import { describe, expect, test } from 'vitest';
import { scanQueue } from '../../src/recovery/queue-scan.ts';
import { isForged } from '../support/legacy-queue.ts';
import { naiveScan } from '../support/naive-scanner.ts';
import { type PlantedFile, plantedFile } from '../support/planted-files.ts';

const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? 1);
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);
const files = Math.ceil(1500 * (scale > 1 ? scale * 10 : scale));
const timeout = scale > 1 ? 3_600_000 : 120_000;
process.stdout.write(`planted entries: WAGGLE_TEST_SEED=${seed} WAGGLE_TEST_SCALE=${scale}\n`);

/** Files out of which an earlier scanner delivered a planted entry. */
const defeats: Readonly<Record<number, readonly number[]>> = {
  1: [546, 6230, 7813, 8688, 9571, 12932, 14067, 14999, 17549, 17824, 20698, 27856, 28524, 35363, 35719, 36251, 42268],
  2: [20032, 24571, 33109, 39050],
  3: [43733, 44714],
  4: [13156, 57995],
  5: [18168, 40324],
  6: [34928],
  7: [41705],
  8: [30043],
  9: [28117],
  10: [17529],
};

/** Two seams that leave valid JSON from end to end say nothing wrong; see docs/recovery.md. */
function isValidJson(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Goals (a) and (c). Returns the share delivered. */
function check(file: PlantedFile, tally: { intact: number; delivered: number }): void {
  const entries = [...scanQueue(file.bytes).entries];
  const delivered = new Set(entries.flatMap(({ status, source }) => (status === 'recovered' ? [source] : [])));
  const found = new Set(entries.map(({ source }) => source));
  const planted = [...delivered].filter((source) => file.planted.has(source));
  if (planted.length > 0 || file.intact.some((source) => !found.has(source))) {
    if (isValidJson(file.bytes)) return;
    expect(planted, `${file.name}: planted entries delivered`).toEqual([]);
    expect([...found], `${file.name}: intact entries missing`).toEqual(expect.arrayContaining([...file.intact]));
  }
  tally.intact += file.intact.length;
  tally.delivered += file.intact.filter((source) => delivered.has(source)).length;
}

describe('compact files, damaged in one to three places', () => {
  test('never deliver an entry that stood in a message, and lose none that stood in the list', { timeout }, () => {
    const tally = { intact: 0, delivered: 0 };
    for (let index = 0; index < files; index += 1) check(plantedFile(seed, index), tally);
    report('carrying entries', tally);
  });

  test('which an earlier scanner got wrong', () => {
    for (const [of, indexes] of Object.entries(defeats)) {
      for (const index of indexes) check(plantedFile(Number(of), index), { intact: 0, delivered: 0 });
    }
  });

  test('deliver most of what is intact where messages carry none', { timeout }, () => {
    const tally = { intact: 0, delivered: 0 };
    for (let index = 0; index < files / 2; index += 1) check(plantedFile(seed, index, false), tally);
    report('carrying nothing', tally);
    expect(tally.delivered / tally.intact).toBeGreaterThan(0.6);
  });

  test('negative control: a scanner that resynchronises inside damaged entries delivers planted ones', () => {
    let forged = 0;
    for (let index = 0; index < 100; index += 1)
      forged += naiveScan(plantedFile(seed, index).bytes).filter(isForged).length;
    expect(forged).toBeGreaterThan(50);
  });
});

function report(name: string, { intact, delivered }: { intact: number; delivered: number }): void {
  const share = ((100 * delivered) / intact).toFixed(1);
  process.stdout.write(`${name}: ${intact} intact entries kept, ${share} % of them delivered\n`);
}
