import { describe, expect, test } from 'vitest';
import { explain } from './explain.ts';
import { simulate } from './simulate.ts';

/** Base of the seeds; the same base, the same lives. */
const base = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 2 ** 30);
const seedsPerHalf = Math.max(1, Math.round(500 * Number(process.env['WAGGLE_TEST_SCALE'] ?? 1)));

/** What the simulation is for: a run of many seeds in which one of these never happened proves less than it seems. */
const wanted = [
  'a broadcast reached several',
  'a dead letter was purged',
  'a dead letter was redriven',
  'a handler heard that its lease was lost',
  'a message was delivered again',
  'a second send of a key was known',
  'an expired lease was rescued',
  'an ordered message was delivered',
  'an overdue ack was told',
  'answer lost',
  'client stopped for a while',
  'consumer heard: lease_lost',
  'consumer heard: store_failed',
  'crash',
  'fail-stop',
  'hub killed',
  'hub stopped',
  'hub stopped for a while',
  'power loss',
  'power-cut',
  'refused: disk_full',
  'refused: illegal_transition',
  'refused: lease_lost',
  'refused: queue_full',
  'request lost',
  'wall clock stepped',
];

/** T10: half of the seeds, so that two workers share them. */
export function liveSeeds(half: 0 | 1): void {
  const seeds = Array.from({ length: seedsPerHalf }, (_, index) => base + 2 * index + half);

  describe(`${seedsPerHalf} simulated swarms (WAGGLE_TEST_SEED=${base}, half ${half})`, () => {
    test('keep every promise under faults, come to rest, and meet everything worth meeting', {
      timeout: 0,
    }, async () => {
      const seen = new Set<string>();
      for (const seed of seeds) {
        const outcome = await simulate(seed);
        if (outcome.problems.length > 0) throw new Error(explain(outcome));
        for (const mark of outcome.marks) seen.add(mark);
      }
      expect(
        wanted.filter((mark) => !seen.has(mark)),
        'never happened in any seed',
      ).toEqual([]);
    });

    test('the same seed is the same history', { timeout: 0 }, async () => {
      for (const seed of seeds.slice(0, 5)) {
        const first = await simulate(seed);
        expect((await simulate(seed)).hash).toBe(first.hash);
        expect(first.history.length).toBeGreaterThan(20);
      }
    });
  });
}
