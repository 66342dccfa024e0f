import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { connectSwarm } from '../../src/sdk/connect.ts';
import type { Swarm } from '../../src/sdk/swarm.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';
import { type FakeWallClock, fakeWallClock, hasFaketime } from '../support/fake-wall-clock.ts';

/**
 * T6 and G7: the wall clock of a running hub jumps, for real as far as the process can tell (libfaketime). No live lease
 * ends early for it, no dead one is kept, delays take their time; the time the hub tells shows that it did jump.
 */
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);
const wallClockStore = fileURLToPath(new URL('../support/wall-clock-store.mjs', import.meta.url));

interface Jump {
  readonly name: string;
  readonly to: string;
  readonly zone?: string;
}

const jumps: readonly Jump[] = [
  { name: 'two days forward', to: '+2d' },
  { name: 'an hour back', to: '-1h' },
  { name: 'the last second of 32 bits', to: '@2038-01-19 03:14:06' },
  { name: 'into the night summer time begins', to: '@2027-03-28 01:59:59', zone: 'Europe/Berlin' },
  { name: '48 hours back', to: '-48h' },
  { name: 'into the night summer time ends', to: '@2027-10-31 02:59:59', zone: 'Europe/Berlin' },
  { name: 'to the eve of a leap day', to: '@2028-02-28 23:59:59' },
  { name: 'to the end of a leap day', to: '@2028-02-29 23:59:59' },
];
/** Four here, each of them five times in the long run. */
const runs = scale > 1 ? Array.from({ length: 5 }, () => jumps).flat() : jumps.slice(0, 4);

const briefMs = 400;

/** What of G7 did not hold when the clock jumped; and by how much the hub's stamps say it did. */
async function jumpUnder(
  swarm: Swarm,
  clock: FakeWallClock,
  to: string,
): Promise<{ broken: string[]; jumpedMs: number }> {
  const broken: string[] = [];
  for (const id of ['holder', 'brief', 'later']) await swarm.agents.add({ id });
  await swarm.send({ to: 'holder', body: 'held for a minute' });
  const [held] = await swarm.lease('holder', { leaseMs: 60_000 });
  await swarm.send({ to: 'brief', body: 'held for a moment' });
  const leasedAt = performance.now();
  await swarm.lease('brief', { leaseMs: briefMs });
  const before = performance.now();
  const sent = await swarm.send({ to: 'later', body: 'due in a moment', delayMs: briefMs });

  clock.set(to);
  // Both come by themselves, to consumers that wait for them; a hub that takes the jump for time keeps them for days.
  const waiting = { waitMs: 30_000 };
  const [rescued, due] = await Promise.all([
    swarm.lease('brief', waiting).then(([message]) => ({ message, afterMs: performance.now() - leasedAt })),
    swarm.lease('later', waiting).then(([message]) => ({ message, afterMs: performance.now() - before })),
  ]);
  if (rescued.message === undefined) broken.push('a dead lease was kept');
  if (rescued.afterMs < briefMs) broken.push(`a lease of ${briefMs} ms ended after ${rescued.afterMs}`);
  if (due.message === undefined) broken.push('a delayed message did not come');
  if (due.afterMs < briefMs) broken.push(`a delay of ${briefMs} ms took ${due.afterMs}`);
  if ((await swarm.lease('holder')).length > 0) broken.push('a live lease was given to another');
  if (held !== undefined) await swarm.ack(held).catch(() => broken.push('a live lease ended early'));

  const first = (await swarm.message(sent.id)).message.createdAt;
  const after = (await swarm.message((await swarm.send({ to: 'holder', body: 'what time is it' })).id)).message
    .createdAt;
  broken.push(...(await swarm.queue.verify()).problems.map(({ detail }) => detail));
  return { broken, jumpedMs: Date.parse(after) - Date.parse(first) };
}

async function run(jump: Jump, env: NodeJS.ProcessEnv = {}) {
  using folder = tempFolder();
  const dir = join(folder.path, '.waggle');
  const clock = fakeWallClock(folder.path, jump.zone);
  await using hub = spawnHub(dir, { ...clock.env, ...env });
  expect(await hub.up, jump.name).toBe(true);
  await using swarm = await connectSwarm({ dir, start: false });
  return await jumpUnder(swarm, clock, jump.to);
}

describe.skipIf(!hasFaketime)('a wall clock that jumps (needs libfaketime)', () => {
  test.each(runs)('$name', async (jump) => {
    const { broken, jumpedMs } = await run(jump);
    expect(broken).toEqual([]);
    expect(Math.abs(jumpedMs)).toBeGreaterThan(30 * 60_000);
  });

  test('a hub that decides by the wall clock is caught', async () => {
    const { broken } = await run({ name: 'control', to: '+2d' }, { NODE_OPTIONS: `--import ${wallClockStore}` });
    expect(broken).toContain('a live lease was given to another');
  });
});
