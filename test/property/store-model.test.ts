import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { type Operation, operation, schedule } from './store-operations.ts';
import { StoreWalker } from './store-walker.ts';

/**
 * The memory store is the model: any walk of operations must look the same on both stores, step by step, and keep the
 * promises that need no model. Repeat a failure with WAGGLE_TEST_SEED; WAGGLE_TEST_SCALE multiplies the runs.
 */
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 2 ** 31);
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);
const runs = Math.max(1, Math.round(300 * scale));
const schedules = Math.max(1, Math.round(100 * scale));

async function walkBoth(steps: readonly Operation[]): Promise<void> {
  const model = await StoreWalker.start(async (options) => openMemoryStore(options));
  const real = await StoreWalker.start((options) => openSqliteStore({ ...options, file: ':memory:' }));
  await using _model = model.store;
  await using _real = real.store;
  for (const step of steps) {
    expect(await real.step(step)).toEqual(await model.step(step));
    // To look is to bring about what is due.
    if (step.kind === 'drift') continue;
    expect(await real.observe()).toEqual(await model.observe());
    await model.check();
    await real.check();
  }
}

test(`any walk looks the same on both stores (WAGGLE_TEST_SEED=${seed})`, { timeout: runs * 2_000 }, async () => {
  await fc.assert(fc.asyncProperty(fc.array(operation, { maxLength: scale > 1 ? 100 : 60, size: 'max' }), walkBoth), {
    seed,
    numRuns: runs,
  });
});

/** Both stores are asked everything of a batch before any answer: each must do it in the order it was asked. */
async function interleaveBoth(batches: readonly (readonly Operation[])[]): Promise<void> {
  const model = await StoreWalker.start(async (options) => openMemoryStore(options));
  const real = await StoreWalker.start((options) => openSqliteStore({ ...options, file: ':memory:' }));
  await using _model = model.store;
  await using _real = real.store;
  for (const batch of batches) {
    const told = await Promise.all(batch.map((step) => real.step(step)));
    expect(nameless(told)).toEqual(nameless(await Promise.all(batch.map((step) => model.step(step)))));
    if (batch.some(({ kind }) => kind === 'drift')) continue;
    expect(await real.observe()).toEqual(await model.observe());
    await model.check();
    await real.check();
  }
}

/** A walker may hear of a delivery before it hears of the send; who was leased is seen in what is observed after. */
function nameless(told: unknown): unknown {
  return JSON.parse(JSON.stringify(told ?? null).replaceAll(/"(?:unknown msg_[^"]*|m\d+)"/g, '"a message"'));
}

test(`calls made at once are done in order on both stores (WAGGLE_TEST_SEED=${seed})`, {
  timeout: runs * 2_000,
}, async () => {
  await fc.assert(fc.asyncProperty(fc.array(schedule, { maxLength: 12, size: 'max' }), interleaveBoth), {
    seed,
    numRuns: schedules,
  });
});
