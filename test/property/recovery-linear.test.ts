import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { scanQueue } from '../../src/recovery/queue-scan.ts';
import { interpreted } from '../support/count-steps.ts';
import { hostileQueues } from '../support/hostile-queues.ts';
import { perByte, type RecoverySteps } from '../support/recovery-steps.ts';

const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? 1);
/** Of the corpus: the interpreter alone is slow. A long run tries an eighth of it. */
const share = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1) > 1 ? 0.125 : 0.01;
const script = new URL('../support/recovery-steps.ts', import.meta.url).pathname;
/** Blocks run and bytes read natively for each byte of a file: 39 for the worst hostile text, 25 in the corpus. */
const mostPerByte = 60;

describe(`a scan is linear in the file, counted in steps (WAGGLE_TEST_SEED=${seed})`, () => {
  let found: RecoverySteps;
  beforeAll(() => {
    // V8's counters belong to whoever measures: not to the tests' own coverage as well.
    const { NODE_V8_COVERAGE: _, ...env } = process.env;
    const args = [...interpreted, '--disable-warning=ExperimentalWarning', script, String(seed), String(share)];
    found = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env })) as RecoverySteps; // its own format
  });

  test('four times a hostile text is four times the work', () => {
    expect(found.hostile).toHaveLength(hostileQueues(1_000).length);
    for (const { small, big } of found.hostile) {
      expect(big.steps / small.steps, small.name).toBeLessThan((1.1 * big.bytes) / small.bytes);
      expect(perByte(big), small.name).toBeLessThan(mostPerByte);
      expect(small.steps, small.name).toBeGreaterThan(small.bytes); // counted at all
    }
  });

  test('no damaged file of the corpus is dearer than a hostile one', () => {
    expect(found.files).toBeGreaterThan(200);
    expect(perByte(found.worst), found.worst.name).toBeLessThan(mostPerByte);
  });
});

test.each(hostileQueues(20_000))('%s: every byte is accounted for', (_, text) => {
  const found = scanQueue(Buffer.from(text));
  for (const { offset, length } of found.entries) expect(offset + length).toBeLessThanOrEqual(text.length);
  expect(found.recoveredBytes + found.ambiguousBytes + found.discardedBytes).toBe(text.length);
});
