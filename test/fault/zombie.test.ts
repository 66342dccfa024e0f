import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { connectSwarm } from '../../src/sdk/connect.ts';
import type { ReceivedMessage, Swarm } from '../../src/sdk/swarm.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';
import { createRandom } from '../support/random.ts';

/**
 * T7: a consumer is stopped with a lease in its hands, another takes the message over, and the first one wakes up and goes
 * on as if nothing had happened. Everything it tries is refused, and nothing of the message has changed.
 */
const seed = Number(process.env['WAGGLE_TEST_SEED'] ?? Date.now() % 2 ** 30);
const scale = Number(process.env['WAGGLE_TEST_SCALE'] ?? 1);
const cycles = scale > 1 ? 20 * scale : 10;
const script = fileURLToPath(new URL('./zombie-child.ts', import.meta.url));
/** As short as a lease of a process that is stopped right after it was told of it may be. */
const leaseMs = 100;

/** What the one who took over does with the message. */
const takeovers: Record<string, (swarm: Swarm, message: ReceivedMessage) => Promise<unknown>> = {
  'keeps it': async () => {},
  'acked it': (swarm, message) => swarm.ack(message),
  'gave it back': (swarm, message) => swarm.nack(message, { delayMs: 3_600_000, reason: 'later' }),
  'buried it': (swarm, message) => swarm.nack(message, { terminal: true, reason: 'poison' }),
  'cancelled it': (swarm, message) => swarm.cancel(message.id),
};

test(`${cycles} zombies are refused and change nothing (WAGGLE_TEST_SEED=${seed})`, async () => {
  using folder = tempFolder();
  const dir = join(folder.path, '.waggle');
  await using hub = spawnHub(dir);
  await hub.up;
  await using swarm = await connectSwarm({ dir, start: false });
  await swarm.agents.add({ id: 'ada' });
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, dir, String(leaseMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const ask = async (line: string) => {
    const answer = once(lines, 'line');
    child.stdin.write(`${line}\n`);
    return JSON.parse(String((await answer)[0])) as Record<string, unknown>; // written by zombie-child.ts
  };
  const random = createRandom(seed);
  const names = Object.keys(takeovers);
  try {
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      await swarm.send({ to: 'ada', body: `cycle ${cycle}` });
      const { id, gen } = await ask('lease');
      child.kill('SIGSTOP');
      // Waits for the lease to run out, and for nothing else.
      const [taken] = await swarm.lease('ada', { leaseMs: 600_000, waitMs: 60_000 });
      expect([taken?.id, Number(taken?.gen) > Number(gen)]).toEqual([id, true]);
      if (taken === undefined) return;
      const takeover = cycle < names.length ? names[cycle] : names[random.below(names.length)];
      await takeovers[takeover ?? '']?.(swarm, taken);
      const before = await swarm.message(taken.id);
      child.kill('SIGCONT');
      expect([takeover, await ask('settle')]).toEqual([
        takeover,
        { extend: 'lease_lost', nack: 'lease_lost', ack: 'lease_lost' },
      ]);
      expect(await swarm.message(taken.id)).toEqual(before);
      if (takeover === 'keeps it') await swarm.ack(taken);
    }
    expect((await swarm.queue.verify()).problems).toEqual([]);
  } finally {
    child.kill('SIGKILL');
  }
});
