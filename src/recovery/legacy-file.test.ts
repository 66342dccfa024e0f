import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { scanQueue } from './queue-scan.ts';

const realFile = new URL('../../../shared/data/legacy/queue.json', import.meta.url);
const hasReal = existsSync(realFile);

describe.skipIf(!hasReal)('the real queue of the legacy swarm (skipped where ../shared/data is absent)', () => {
  const bytes = hasReal ? readFileSync(realFile) : Buffer.alloc(0);
  const middle = hasReal ? bytes.indexOf('},{"message"', 30_000) + 1 : 0;

  test('is whole: 244 entries, nothing discarded', () => {
    expect(scanQueue(bytes)).toMatchObject({
      recovered: 244,
      ambiguous: 0,
      discardedBytes: 0,
      damaged: false,
      duplicates: 0,
    });
  });

  test.each<[string, () => Buffer, number]>([
    ['truncated in the middle', () => bytes.subarray(0, middle + 100), 1],
    ['head cut', () => bytes.subarray(middle - 100), 1],
    [
      'short over long',
      () => Buffer.concat([bytes.subarray(0, middle), Buffer.from(']'), bytes.subarray(middle + 50)]),
      1,
    ],
    ['twice in a row', () => Buffer.concat([bytes, bytes]), 0],
    [
      '200 NUL bytes',
      () => Buffer.concat([bytes.subarray(0, middle + 50), Buffer.alloc(200), bytes.subarray(middle + 250)]),
      2,
    ],
    ['one quote lost', () => Buffer.concat([bytes.subarray(0, middle + 2), bytes.subarray(middle + 3)]), 1],
  ])('%s', (_, damage, lost) => {
    const damaged = damage();
    const found = scanQueue(damaged);
    const whole = [...scanQueue(bytes).entries].filter(({ source }) => damaged.includes(source));
    expect(found).toMatchObject({ recovered: whole.length, ambiguous: 0, damaged: true });
    if (lost > 0) expect(found.discardedBytes).toBeGreaterThan(0);
  });
});
