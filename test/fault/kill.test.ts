import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failpointNames } from '../../src/failpoint.ts';
import { checkHistory } from '../../src/history/check-history.ts';
import type { HistoryOp } from '../../src/history/record.ts';
import { bodyHash, type Facts } from '../../src/history/recorder.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { type HubProcess, spawnHub } from '../../src/testing/hub-process.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';
import { findBrokenPromises, type Knowledge, newKnowledge, workload } from '../../src/testing/workload.ts';

/**
 * T2: a hub killed with SIGKILL loses no message whose send was answered and delivers none whose ack was answered. Every
 * named point is reached and killed at; then a hub is killed at random times over one and the same store.
 */
const agents = ['ada', 'bob'];
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 1_000_000);
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);
const kills = scale > 1 ? 200 * scale : 50;
const random = seededRandom(seed);

/** Points passed only in another process of the product, or only by agents that run (process-kill.test.ts). */
const elsewhere = /^(recovery\.quarantine|backup|restore|store\.process|process)\./;
const hubPoints = failpointNames.filter((name) => !elsewhere.test(name));

async function runUntilDead(dir: string, hub: HubProcess, known: Knowledge): Promise<void> {
  if (!(await hub.up)) return;
  await using swarm = await connectSwarm({ dir, start: false });
  for (let rounds = 0; rounds < 20 && (await workload(swarm, known, agents)); rounds += 1);
  // A point on the way down is passed only by a hub that is asked to stop.
  await swarm.stopHub().catch(() => {});
}

async function inspectAfterRestart(dir: string, known: Knowledge): Promise<string[]> {
  await using hub = spawnHub(dir);
  if (!(await hub.up)) return [`the hub did not come back: ${(await hub.ended).stderr}`];
  await using swarm = await connectSwarm({ dir, start: false });
  return await findBrokenPromises(swarm, known, agents);
}

describe('kill -9 at every named point', () => {
  test('there are at least 40 points', () => {
    expect(failpointNames.length).toBeGreaterThanOrEqual(40);
  });

  // The first pass hits an empty hub; later ones hit it in the middle of its work: at every point in the full tier, at a
  // sample of them in the short one.
  const plans = hubPoints.map((point) => ({
    point,
    passes: scale > 1 ? [1, 2, 3, 5, 8] : random() < 0.25 ? [1, 3] : [1],
  }));

  test.concurrent.each(plans)('$point, passes $passes', async ({ point, passes }) => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    const known = newKnowledge();
    for (const pass of passes) {
      await using hub = spawnHub(dir, { WAGGLE_FAILPOINT: `${point}:${pass}` });
      await runUntilDead(dir, hub, known);
      const { signal } = await hub.ended;
      if (pass === 1) expect(signal, `${point} was never passed`).toBe('SIGKILL');
      expect(await inspectAfterRestart(dir, known)).toEqual([]);
    }
  });
});

describe('kill -9 at random times', () => {
  test(`${kills} kills over one store (seed ${seed})`, async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    const known = newKnowledge();
    for (let kill = 0; kill < kills; kill += 1) {
      await using hub = spawnHub(dir);
      expect(await hub.up, `hub ${kill} did not start`).toBe(true);
      const timer = setTimeout(() => void hub.kill(), 5 + random() * 395);
      await using swarm = await connectSwarm({ dir, start: false });
      while (await workload(swarm, known, agents));
      clearTimeout(timer);
      await hub.ended;
    }
    expect(await inspectAfterRestart(dir, known)).toEqual([]);
    const { summary } = await checkHistory(known.records);
    expect(summary.sent).toBeGreaterThan(100);
    expect(summary.acked).toBeGreaterThan(20);
  });

  test('the check itself sees a lost message, a changed one and a redelivery', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    await using hub = spawnHub(dir);
    await hub.up;
    await using swarm = await connectSwarm({ dir, start: false });
    const known = newKnowledge();
    await workload(swarm, known, agents);
    const { recorder } = known;
    const told = (op: HistoryOp, asked: Facts, answer: Facts) => recorder.begin(op, asked).ok(answer);
    told('send', { key: 'gone', inbox: 'ada' }, { id: 'msg_00000000-0000-7000-8000-000000000001' });
    const { id: altered } = await swarm.send({ to: 'ada', body: 'one thing', idempotencyKey: 'altered' });
    told('send', { key: 'altered', inbox: 'ada', hash: bodyHash('another thing') }, { id: altered });
    const { id: redelivered } = await swarm.send({ to: 'ada', body: 'again', idempotencyKey: 'again' });
    told('send', { key: 'again', inbox: 'ada', hash: bodyHash('again') }, { id: redelivered });
    told('ack', { id: redelivered, gen: 0 }, {});
    const broken = await findBrokenPromises(swarm, known, agents);
    expect(broken.join('\n')).toMatch(/^lost: .* was accepted and is gone/m);
    expect(broken.join('\n')).toMatch(/^altered: /m);
    expect(broken.join('\n')).toMatch(/^revived: .* delivered again/m);
  });
});
