import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorKinds, WaggleError } from '../../src/errors.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';
import type { Swarm } from '../../src/sdk/swarm.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';
import { hasStrace } from '../support/strace.ts';

/**
 * T4, sampled: one system call of a running hub fails, once or from then on. Whatever the hub answers after that is
 * typed, and what it said it accepted is there when a healthy hub opens the store (G2, G14).
 */
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 1_000_000);
const random = seededRandom(seed);
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);

const faults = [
  'fsync:error=EIO',
  'pwrite64:error=EIO',
  'pwrite64:error=ENOSPC',
  'pwrite64:error=EDQUOT',
  'pread64:error=EIO',
  'ftruncate:error=EIO',
];
const cases = faults.flatMap((fault) =>
  Array.from({ length: 2 * scale }, (_, index) => {
    const when = 20 + Math.floor(random() * 200);
    return { fault, when: index % 2 === 0 ? `${when}` : `${when}+` };
  }),
);

describe.skipIf(!hasStrace)(`failing system calls (needs strace, seed ${seed})`, () => {
  test.each(cases)('$fault from call $when', async ({ fault, when }) => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    const accepted = new Map<string, string>();
    const acked = new Set<string>();
    {
      const [call = ''] = fault.split(':');
      const strace = [
        'strace',
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        `trace=${call}`,
        '-e',
        `inject=${fault}:when=${when}`,
      ];
      await using hub = spawnHub(dir, { NODE_V8_COVERAGE: '' }, strace);
      if (await hub.up) {
        await using swarm = await connectSwarm({ dir, start: false });
        await hammer(swarm, accepted, acked);
      }
    }
    await using healthy = spawnHub(dir);
    expect(
      await healthy.up,
      (await Promise.race([healthy.ended, healthy.up.then(() => ({ stderr: '' }))])).stderr,
    ).toBe(true);
    await using swarm = await connectSwarm({ dir, start: false });
    for (const [id, body] of accepted) expect((await swarm.message(id)).message.bodyText).toBe(body);
    for (const id of acked) expect((await swarm.message(id)).message.state).toBe('acked');
    expect((await swarm.queue.verify()).problems).toEqual([]);
  });
});

/** Sends and settles until a good while after the first failure; every failure must be one of the table's. */
async function hammer(swarm: Swarm, accepted: Map<string, string>, acked: Set<string>): Promise<void> {
  await swarm.agents.add({ id: 'ada' }).catch(mustBeTyped);
  for (let round = 0; round < 60; round += 1) {
    const body = `round ${round} ${'x'.repeat(2_000)}`;
    await swarm.send({ to: 'ada', body }).then(({ id }) => accepted.set(id, body), mustBeTyped);
    const leased = await swarm.lease('ada').catch(mustBeTyped);
    for (const message of leased ?? []) await swarm.ack(message).then(() => acked.add(message.id), mustBeTyped);
  }
}

function mustBeTyped(error: unknown): undefined {
  if (!(error instanceof WaggleError) || error.code === 'internal' || !Object.hasOwn(errorKinds, error.code))
    throw error;
  return undefined;
}
