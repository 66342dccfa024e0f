import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { createRandom } from '../support/random.ts';
import { bank } from './bank.ts';
import { MutantTree, mutated } from './mutant-tree.ts';

/**
 * T16: bugs put into the source by hand, each of which some test must see. A few, chosen by the seed, in `npm test`; all
 * of them in `npm run test:long` and `npm run test:mutants`; one by its name with WAGGLE_MUTANT.
 */
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 2 ** 30);
const isWhole = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1) > 1;
const named = process.env['WAGGLE_MUTANT'];
const sampleSize = 2;

const chosen = named !== undefined ? bank.filter(({ id }) => id.includes(named)) : isWhole ? bank : sample();

/** Without those a fault test must see: it would build the copy first. */
function sample() {
  const random = createRandom(seed);
  return bank
    .filter(({ killers }) => killers[0]?.startsWith('src/'))
    .map((mutant) => ({ mutant, rank: random.below(2 ** 30) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, sampleSize)
    .map(({ mutant }) => mutant);
}

describe('the bank', () => {
  test('holds at least 30 bugs, each with a name of its own', () => {
    expect(bank.length).toBeGreaterThanOrEqual(30);
    expect(new Set(bank.map(({ id }) => id)).size).toBe(bank.length);
  });

  test.each(bank.map((mutant) => [mutant.id, mutant] as const))(
    '%s: still has its place in the source',
    (_id, mutant) => {
      for (const { file, find, replace } of mutant.edits) {
        const text = readFileSync(file, 'utf8');
        expect(mutated(mutant.id, file, text, find, replace)).not.toBe(text);
      }
    },
  );
});

describe(`${chosen.length} of ${bank.length} bugs put in (WAGGLE_TEST_SEED=${seed})`, { timeout: 0 }, () => {
  const tree = new MutantTree();
  afterAll(() => tree[Symbol.dispose]());

  test('the tests that must see them pass without them', async () => {
    const killers = [...new Set(chosen.flatMap(({ killers }) => killers))];
    const { passed, failed } = await tree.test(killers);
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(killers.length);
  });

  test.each(chosen.map((mutant) => [mutant.id, mutant] as const))('%s: seen', async (_id, mutant) => {
    const { failed } = await tree.run(mutant);
    if (isWhole) process.stdout.write(`seen: ${mutant.id} (${mutant.breaks.join(', ')}) by ${failed[0] ?? 'NOBODY'}\n`);
    expect(failed, 'no test sees this bug').not.toEqual([]);
  });
});
