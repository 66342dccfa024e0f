import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { CommitHistogram } from './commit-histogram.ts';

test('counts each time below the first bound that it does not pass', () => {
  const histogram = new CommitHistogram();
  for (const ms of [0, 0.5, 0.6, 3, 2_500, 9_999]) histogram.note(ms);
  const { bounds, counts, count, sumSeconds } = histogram.times();
  expect(counts).toHaveLength(bounds.length + 1);
  expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
  expect([counts[0], counts[1], counts[3], counts.at(-2), counts.at(-1)]).toEqual([2, 1, 1, 1, 1]);
  expect(count).toBe(6);
  expect(sumSeconds).toBeCloseTo(12.5041);
});

test('noting a time allocates nothing', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void; // made by the flag above
  const histogram = new CommitHistogram();
  const times = new Float64Array([0.3, 1.7, 12.5, 300.25]);
  const heapOf = (rounds: number) => {
    collect();
    const before = getHeapStatistics().used_heap_size;
    for (let round = 0; round < rounds; round += 1) histogram.note(times[round % 4] ?? 0);
    return getHeapStatistics().used_heap_size - before;
  };
  // Compiled, and with whatever its first calls leave behind.
  for (let warm = 0; warm < 20; warm += 1) heapOf(50_000);
  // One number on the heap each would be 12 bytes or more. The least of a few runs: others allocate in between.
  const least = Math.min(...Array.from({ length: 5 }, () => heapOf(200_000)));
  expect(least / 200_000).toBeLessThan(1);
});
