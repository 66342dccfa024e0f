import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';

/** T8 and G15: many at once, one writer. */
const bin = fileURLToPath(new URL('../../bin/waggle.js', import.meta.url));

async function waggle(
  cwd: string,
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

describe('one writer per directory', () => {
  test('of four hubs that start at once one serves, the others are refused with exit 5', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    mkdirSync(dir, { mode: 0o700 });
    const hubs = Array.from({ length: 4 }, () => spawnHub(dir));
    try {
      const up = await Promise.all(hubs.map((hub) => hub.up));
      expect(up.filter(Boolean)).toHaveLength(1);
      const losers = hubs.filter((_, index) => up[index] === false);
      for (const loser of losers) {
        const { code, stderr } = await loser.ended;
        expect([code, stderr]).toEqual([5, expect.stringContaining('hub_already_running')]);
      }
      await using swarm = await connectSwarm({ dir, start: false });
      await swarm.agents.add({ id: 'ada' });
    } finally {
      await Promise.all(hubs.map((hub) => hub.kill()));
    }
  });

  test('a hub that is stopped, not dead, keeps its place', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    await using stopped = spawnHub(dir);
    await stopped.up;
    stopped.child.kill('SIGSTOP');
    await using second = spawnHub(dir);
    expect(await second.up).toBe(false);
    expect((await second.ended).code).toBe(5);
    stopped.child.kill('SIGCONT');
    await using swarm = await connectSwarm({ dir, start: false });
    expect(await swarm.agents.list()).toEqual([]);
  });
});

describe('clients in a crowd', () => {
  test('eight commands in an empty folder share one swarm and one hub', async () => {
    using folder = tempFolder();
    const runs = await Promise.all(
      Array.from({ length: 8 }, (_, index) => waggle(folder.path, 'agent', 'add', `agent-${index}`, '--json')),
    );
    expect(runs.map((run) => [run.code, run.stderr.includes('internal')])).toEqual(runs.map(() => [0, false]));
    const dir = join(folder.path, '.waggle');
    await using swarm = await connectSwarm({ dir, start: false });
    expect(await swarm.agents.list()).toHaveLength(8);
    await swarm.stopHub();
  });

  test('sixteen clients send and consume at once: everything arrives once, everybody is served', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    await using hub = spawnHub(dir);
    await hub.up;
    const perClient = 50;
    const clients = await Promise.all(Array.from({ length: 16 }, () => connectSwarm({ dir, start: false })));
    const [first] = clients;
    if (first === undefined) throw new Error('there are sixteen');
    await first.agents.add({ id: 'ada' });
    const seen: string[] = [];
    await Promise.all(
      clients.map(async (swarm, client) => {
        for (let n = 0; n < perClient; n += 1) {
          await swarm.send({ to: 'ada', from: `client-${client}`, body: `${client}:${n}` });
          const [message] = await swarm.lease('ada');
          if (message === undefined) continue;
          await swarm.ack(message);
          seen.push(String(message.body));
        }
      }),
    );
    for (
      let left = await first.lease('ada', { limit: 100 });
      left.length > 0;
      left = await first.lease('ada', { limit: 100 })
    ) {
      for (const message of left) {
        await first.ack(message);
        seen.push(String(message.body));
      }
    }
    expect(new Set(seen).size).toBe(16 * perClient);
    expect(seen).toHaveLength(16 * perClient);
    expect((await first.queue.verify()).problems).toEqual([]);
    await Promise.all(clients.map((swarm) => swarm.close()));
  });
});

describe('a consumer killed while it waits', () => {
  test('does not take the mail with it', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    await using hub = spawnHub(dir);
    await hub.up;
    await using swarm = await connectSwarm({ dir, start: false });
    await swarm.agents.add({ id: 'ada' });
    const waiters = Array.from({ length: 6 }, () =>
      spawn(process.execPath, [bin, 'inbox', 'ada', '--wait', '60s', '--json', '--dir', dir], { stdio: 'ignore' }),
    );
    // A peek goes through the same commands' start-up, so by then they wait; it need not be exact to be telling.
    await waggle(folder.path, 'inbox', 'ada', '--peek', '--dir', dir);
    for (const waiter of waiters) {
      const ended = once(waiter, 'exit');
      waiter.kill('SIGKILL');
      await ended;
    }
    const waiting = swarm.lease('ada', { waitMs: 10_000 });
    await swarm.send({ to: 'ada', body: 'precious' });
    expect((await waiting).map((message) => message.body)).toEqual(['precious']);
    expect(await swarm.queue.stats()).toMatchObject({ dead: 0, leased: 1 });
  });

  test('a hub that is stopped is told as such, within seconds', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    await using hub = spawnHub(dir);
    await hub.up;
    hub.child.kill('SIGSTOP');
    const { code, stderr } = await waggle(folder.path, 'status', '--dir', dir);
    expect([code, stderr]).toEqual([5, expect.stringContaining('timeout: the hub has not answered')]);
  });
});
