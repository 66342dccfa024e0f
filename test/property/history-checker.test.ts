import { describe, expect, test } from 'vitest';
import { checkHistory } from '../../src/history/check-history.ts';
import { type FindingClass, findingClasses, type HistoryReport } from '../../src/history/report.ts';
import { badHistories } from '../../src/testing/bad-histories.ts';
import { makeHistory } from '../../src/testing/history-model.ts';
import { mutations } from '../../src/testing/history-mutations.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';

/** The checker checked: bad histories by hand, good ones by a model, and each good one with one thing broken. */
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 1_000_000);
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);
const classes = Object.keys(findingClasses) as FindingClass[]; // keys of the table
const found = ({ totals }: HistoryReport) => classes.filter((name) => totals[name] > 0);

describe('a bad history is flagged with its class and no other', () => {
  test('there are at least 40, of every class', () => {
    expect(badHistories.length).toBeGreaterThanOrEqual(40);
    expect(new Set(badHistories.map((bad) => bad.class))).toEqual(new Set(classes));
  });

  test.each(badHistories)('$class: $what', async ({ class: kind, records }) => {
    const report = await checkHistory(records);
    expect(found(report), report.findings.map(({ sentence }) => sentence).join('\n')).toEqual([kind]);
    for (const { sentence, proof } of report.findings) {
      expect(sentence).not.toMatch(/undefined|NaN/);
      expect(proof.length).toBeGreaterThan(0);
      for (const { line } of proof) expect(line).toBeLessThanOrEqual(records.length);
    }
  });
});

test(`${1_000 * scale} histories of a queue that keeps its promises are not flagged (seed ${seed})`, {
  timeout: 0,
}, async () => {
  const seen = { deliveries: 0, redelivered: 0, unknownSends: 0, acked: 0 };
  for (let index = 0; index < 1_000 * scale; index += 1) {
    const report = await checkHistory(makeHistory(seededRandom(seed + index)));
    expect(report.findings, `seed ${seed + index}`).toEqual([]);
    for (const name of Object.keys(seen) as (keyof typeof seen)[]) seen[name] += report.summary[name];
  }
  // The model reaches what is hard to judge.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100);
});

describe(`one thing broken in a good history (seed ${seed})`, { timeout: 0 }, () => {
  test.each(classes)('%s', async (kind) => {
    let made = 0;
    for (let index = 0; index < 400 * scale && made < 40 * scale; index += 1) {
      const random = seededRandom(seed + index);
      const broken = mutations[kind](makeHistory(random), random);
      if (broken === undefined) continue;
      made += 1;
      const report = await checkHistory(broken);
      expect(
        found(report),
        `seed ${seed + index}: ${report.findings.map(({ sentence }) => sentence).join('; ')}`,
      ).toEqual([kind]);
    }
    expect(made).toBeGreaterThanOrEqual(20);
  });
});
