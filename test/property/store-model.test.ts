import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { type Operation, operation } from './store-operations.ts';
import { StoreWalker } from './store-walker.ts';

/**
 * The memory store is the model: any walk of operations must look the same on both stores, step by step, and keep the
 * promises that need no model. Repeat a failure with WAGGLE_TEST_SEED; WAGGLE_TEST_SCALE multiplies the runs.
 */
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 2 ** 31);
const runs = Math.max(1, Math.round(300 * Number(process.env['WAGGLE_TEST_SCALE'] ?? 1)));

async function walkBoth(steps: readonly Operation[]): Promise<void> {
  const model = await StoreWalker.start(async (options) => openMemoryStore(options));
  const real = await StoreWalker.start((options) => openSqliteStore({ ...options, file: ':memory:' }));
  await using _model = model.store;
  await using _real = real.store;
  for (const step of steps) {
    expect(await real.step(step)).toEqual(await model.step(step));
    expect(await real.observe()).toEqual(await model.observe());
    await model.check();
    await real.check();
  }
}

test(`any walk looks the same on both stores (WAGGLE_TEST_SEED=${seed})`, { timeout: runs * 2_000 }, async () => {
  await fc.assert(fc.asyncProperty(fc.array(operation, { maxLength: 60, size: 'max' }), walkBoth), {
    seed,
    numRuns: runs,
  });
});
