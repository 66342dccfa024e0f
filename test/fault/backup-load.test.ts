import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectSwarm } from '../../src/sdk/connect.ts';
import type { ReceivedMessage, Swarm } from '../../src/sdk/swarm.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';
import { runWaggle } from '../support/run-waggle.ts';

/**
 * T13: a backup taken while clients send and ack is one moment of the store. What was answered before the backup began is
 * in it, what was not asked for before it ended is not, and no send of several messages is in it by half.
 */
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);
const restores = Math.max(3, 2 * scale);
const perSend = 3;

interface Load {
  /** Ids of each answered send, with its body. */
  readonly sent: { readonly ids: readonly string[]; readonly body: string }[];
  readonly acked: Map<string, ReceivedMessage>;
  /** Leases given to a consumer that sits on them. */
  readonly held: ReceivedMessage[];
  asked: number;
  stop: boolean;
}

/** Sends three at a time, acks most of what it leases and keeps the rest. */
async function drive(swarm: Swarm, load: Load): Promise<void> {
  while (!load.stop) {
    load.asked += 1;
    const body = `send ${load.asked}`.padEnd(2_000, '.');
    const receipts = await swarm.sendMany(Array.from({ length: perSend }, () => ({ to: 'ada', body })));
    load.sent.push({ ids: receipts.map(({ id }) => id), body });
    const [keep, ...rest] = await swarm.lease('ada', { limit: 3, leaseMs: 600_000 });
    if (keep !== undefined) load.held.push(keep);
    for (const message of rest) {
      await swarm.ack(message);
      load.acked.set(message.id, message);
    }
  }
}

test(`${restores} backups under load, each restored and compared`, async () => {
  using folder = tempFolder();
  const { path: cwd } = folder;
  const dir = join(cwd, '.waggle');
  await using hub = spawnHub(dir);
  expect(await hub.up).toBe(true);
  await using swarm = await connectSwarm({ dir, start: false });
  await swarm.agents.add({ id: 'ada' });
  const load: Load = { sent: [], acked: new Map(), held: [], asked: 0, stop: false };
  const driving = Promise.all([drive(swarm, load), drive(swarm, load)]);
  const taken: { file: string; before: Set<string>; acked: string[]; asked: number; held: ReceivedMessage[] }[] = [];
  try {
    for (let round = 0; round < restores; round += 1) {
      const file = join(cwd, `${round}.db`);
      const before = new Set(load.sent.flatMap(({ ids }) => ids));
      const noted = { file, before, acked: [...load.acked.keys()], held: [...load.held] };
      const { code, stderr } = await runWaggle(['backup', file, '--json'], { cwd });
      expect(code, stderr).toBe(0);
      taken.push({ ...noted, asked: load.asked });
    }
  } finally {
    load.stop = true;
    await driving;
  }
  for (const [round, backup] of taken.entries()) {
    const target = join(cwd, `restored-${round}`);
    mkdirSync(target);
    const restored = await runWaggle(['restore', backup.file, '--json', '--dir', target], { cwd });
    expect(restored.code, restored.stderr).toBe(0);
    await using other = spawnHub(join(target, '.waggle'));
    await using there = await connectSwarm({ dir: target, start: await other.up });
    expect(await there.queue.verify()).toMatchObject({ ok: true, problems: [] });

    let present = 0;
    for (const { ids, body } of load.sent) {
      const found = await Promise.all(ids.map((id) => there.message(id).catch(() => undefined)));
      const here = found.filter((one) => one !== undefined);
      present += here.length;
      expect([0, perSend], 'a send is in it by half').toContain(here.length);
      if (here.length === 0)
        expect(
          ids.some((id) => backup.before.has(id)),
          `${ids[0]} was answered before`,
        ).toBe(false);
      for (const { message } of here) expect(message.bodyText).toBe(body);
    }
    expect(present).toBeLessThanOrEqual(backup.asked * perSend);
    expect((await there.queue.stats()).accepted).toBe(present);
    for (const id of backup.acked) expect((await there.message(id)).message.state).toBe('acked');

    // Whoever holds a lease of that past, or of the future that was replaced, is told so; no generation comes back.
    const last = Math.max(...[...load.acked.values(), ...load.held].map(({ gen }) => gen));
    for (const message of [...load.held].slice(-20)) {
      if ((await there.message(message.id).catch(() => undefined)) === undefined) continue;
      await expect(there.ack(message)).rejects.toMatchObject({ code: 'lease_lost' });
    }
    for (const message of await there.lease('ada', { limit: 50 })) expect(message.gen).toBeGreaterThan(last);
    expect(await there.queue.verify()).toMatchObject({ ok: true });
  }
});
