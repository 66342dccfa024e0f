import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FailpointName } from '../../src/failpoint.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';
import { createRandom } from '../support/random.ts';

/**
 * G20: a hub killed at any point of an offer or an acceptance leaves a mission with exactly one owner, and each message
 * that was held with exactly one holder: whoever owns the mission.
 */
const ownPoints: readonly FailpointName[] = [
  'store.handoff.inserted',
  'store.leases.moved',
  'store.mission.transferred',
  'store.handoff.settled',
];
/** Points that every call passes, tried at each of the passes an offer and an acceptance make. */
const commonPoints: readonly FailpointName[] = [
  'store.operation.before',
  'store.accept.inserted',
  'store.event.inserted',
  'store.commit.before',
  'store.commit.after',
  'store.replied',
  'stream.reply.before',
];
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 1_000_000);
const isLong = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1) > 1;
const common = commonPoints.flatMap((point) => [1, 2, 3, 4, 5, 6].map((pass) => [point, pass] as const));
const random = createRandom(seed);
const sample = common.map((one) => ({ one, rank: random.below(2 ** 30) })).sort((a, b) => a.rank - b.rank);
const cases = [
  ...ownPoints.map((point) => [point, 1] as const),
  ...(isLong ? common : sample.slice(0, 4).map(({ one }) => one)),
];

/** Before the calls under test, so that the failpoint counts from them on. */
async function prepare(dir: string) {
  await using hub = spawnHub(dir);
  expect(await hub.up).toBe(true);
  await using swarm = await connectSwarm({ dir, start: false });
  for (const id of ['ada', 'bob']) await swarm.agents.add({ id });
  await swarm.missions.add({ id: 'parser', owner: 'ada', units: 4 });
  for (const body of ['one', 'two']) await swarm.send({ to: 'ada', body });
  const held = await swarm.lease('ada', { limit: 2, leaseMs: 3_600_000 });
  await swarm.stopHub();
  await hub.ended;
  return held;
}

describe(`kill -9 in a hand-off (WAGGLE_TEST_SEED=${seed})`, () => {
  test.concurrent.each(cases)('%s, pass %i: one owner, one holder', async (point, pass) => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    const held = await prepare(dir);
    await using hub = spawnHub(dir, { WAGGLE_FAILPOINT: `${point}:${pass}` });
    const knew: { accepted: boolean } = { accepted: false };
    if (await hub.up) {
      await using swarm = await connectSwarm({ dir, start: false });
      try {
        const { id } = await swarm.handOffs.offer({ mission: 'parser', to: 'bob', note: 'take it' });
        await swarm.handOffs.accept(id, { agent: 'bob' });
        knew.accepted = true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'hub_unreachable' });
      }
    }
    await hub.kill();
    if (ownPoints.includes(point)) expect(knew.accepted, `${point} was never passed`).toBe(false);

    await using again = spawnHub(dir);
    expect(await again.up).toBe(true);
    await using swarm = await connectSwarm({ dir, start: false });
    const { owner, epoch } = await swarm.missions.show('parser');
    const [handOff] = await swarm.handOffs.list({ mission: 'parser' });
    if (knew.accepted) expect(owner).toBe('bob');
    if (owner === 'ada') {
      expect(handOff?.state ?? 'offered').toBe('offered');
      for (const message of held) await swarm.ack(message);
      await expect(swarm.missions.progress('bob', { mission: 'parser', done: 1 })).rejects.toMatchObject({
        code: 'version_conflict',
      });
    } else {
      expect([owner, handOff?.state, handOff?.nextEpoch]).toEqual(['bob', 'accepted', epoch]);
      // The answer that was lost is given again, and its leases are the ones that hold.
      const accepted = await swarm.handOffs.accept(handOff?.id ?? '', { agent: 'bob' });
      expect(accepted.leases.map(({ id }) => id)).toEqual(held.map(({ id }) => id));
      for (const message of held) await expect(swarm.ack(message)).rejects.toMatchObject({ code: 'lease_lost' });
      for (const lease of accepted.leases) await swarm.ack(lease);
      await expect(swarm.missions.progress('ada', { mission: 'parser', done: 1 })).rejects.toMatchObject({
        code: 'version_conflict',
      });
    }
    for (const { id } of held) expect((await swarm.message(id)).message.state).toBe('acked');
    expect((await swarm.queue.verify()).problems).toEqual([]);
  });
});
