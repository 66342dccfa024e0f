import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FailpointName } from '../../src/failpoint.ts';
import type { WireProcess } from '../../src/hub/process-api.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';
import type { Swarm } from '../../src/sdk/swarm.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';
import { runWaggle } from '../support/run-waggle.ts';

/**
 * Whatever dies, an agent's program is started once, found again, and its exit status told: hubs and shims are killed
 * with SIGKILL at every named point of a life.
 */
async function swarmIn(env: NodeJS.ProcessEnv = {}) {
  const folder = tempFolder();
  const dir = join(folder.path, '.waggle');
  const hub = spawnHub(dir, env);
  expect(await hub.up).toBe(true);
  const swarm = await connectSwarm({ dir });
  onTestFinished(async () => {
    for (const { id } of await swarm.agents.processes()) await swarm.agents.stop(id, { signal: 'kill' });
    await swarm.stopHub();
    await swarm.close();
    await hub.kill();
    folder[Symbol.dispose]();
  });
  return { folder: folder.path, dir, hub, swarm };
}

async function present(swarm: Swarm): Promise<WireProcess> {
  return (await swarm.agents.process('ada')).process;
}

/** Leaves a line for each of its starts, then ends with 7 once `go` is there. */
const script = 'echo "$$" >> starts; until [ -e go ]; do sleep 0.02; done; exit 7';
const start = (swarm: Swarm, cwd: string) =>
  swarm.agents.start('ada', ['sh', '-c', script], { cwd, restart: 'temporary' });
const starts = (folder: string) =>
  existsSync(join(folder, 'starts')) ? readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n') : [];

test('a hub that dies is back by itself while an agent works; the agent goes on, and its end is told', async () => {
  const { folder, dir, hub, swarm } = await swarmIn();
  const life = await start(swarm, folder);
  const before = await swarm.status();
  await hub.kill();
  // Nobody calls: only the agent's shim needs a hub.
  await expect.poll(() => pidIn(dir)).not.toBe(before.pid);
  expect(await present(swarm)).toMatchObject({ state: 'running', pid: life.pid, incarnation: 1 });
  writeFileSync(join(folder, 'go'), '');
  await expect.poll(async () => (await present(swarm)).exit).toEqual({ code: 7 });
  expect(starts(folder)).toEqual([String(life.pid)]);
});

test('a hub that was asked to be down stays down, and an end it did not see is told by the next', async () => {
  const { folder, dir, hub, swarm } = await swarmIn();
  const life = await start(swarm, folder);
  await swarm.stopHub();
  await hub.ended;
  expect(existsSync(join(dir, 'down'))).toBe(true);
  writeFileSync(join(folder, 'go'), '');
  const endFile = join(dir, 'agents/ada');
  await expect.poll(() => ended(endFile)).toBe(true);
  expect(existsSync(join(dir, 'hub.json'))).toBe(false);
  await expect.poll(async () => (await present(swarm)).exit).toEqual({ code: 7 });
  expect(starts(folder)).toEqual([String(life.pid)]);
  expect(existsSync(join(dir, 'down'))).toBe(false);
});

describe('kill -9 of the hub at', () => {
  const points: readonly FailpointName[] = ['store.process.inserted', 'store.process.ended'];
  test.each(points)('%s: the program runs at most once, and its end is told', async (point) => {
    const { folder, hub, swarm } = await swarmIn({ WAGGLE_FAILPOINT: point });
    // The answer may be lost with the hub; the call is carried on to the next one.
    await start(swarm, folder).catch(() => {});
    writeFileSync(join(folder, 'go'), '');
    await expect
      .poll(async () => (await swarm.agents.processes()).map(({ endedAt }) => endedAt !== undefined))
      .toEqual([true]);
    expect((await hub.ended).signal).toBe('SIGKILL');
    const life = await present(swarm);
    expect(starts(folder).length).toBeLessThanOrEqual(life.incarnation);
    if (starts(folder).length > 0) expect(life.exit).toEqual({ code: 7 });
  });
});

describe('kill -9 of the shim at', () => {
  const points: readonly [FailpointName, number][] = [
    ['process.claimed', 0],
    ['process.spawned', 1],
    ['process.recorded', 1],
    ['process.exited', 1],
    ['process.end.recorded', 1],
  ];
  test.each(points)('%s: the program ran %i times, is not started twice, and its end is known', async (point, ran) => {
    const { folder, swarm } = await swarmIn({ WAGGLE_FAILPOINT: point });
    const started = await start(swarm, folder).catch(() => undefined);
    if (started !== undefined || ran > 0) writeFileSync(join(folder, 'go'), '');
    await expect.poll(async () => (await present(swarm)).endedAt).toBeDefined();
    const { exit, state } = await present(swarm);
    expect(starts(folder)).toHaveLength(ran);
    if (point === 'process.end.recorded') expect(exit).toEqual({ code: 7 });
    else if (ran === 0) expect(state).toBe('failed');
    // Nobody saw it, and nobody makes a status up.
    else expect(exit).toEqual({ reason: expect.stringContaining('shim') as string });
  });
});

function pidIn(dir: string): number {
  const file = join(dir, 'hub.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid : 0;
}

function ended(folder: string): boolean {
  const [life = ''] = readdirSync(folder).filter((name) => name.startsWith('1-'));
  return existsSync(join(folder, life, 'end.json'));
}

test('a swarm that was deleted while its agent works is not made again', async () => {
  const temp = tempFolder();
  const dir = join(temp.path, '.waggle');
  await using hub = spawnHub(dir);
  expect(await hub.up).toBe(true);
  const swarm = await connectSwarm({ dir, start: false });
  const script = 'until [ -e go ]; do sleep 0.02; done; echo over > over';
  await swarm.agents.start('ada', ['sh', '-c', script], { cwd: temp.path, restart: 'temporary' });
  await swarm.close();
  rmSync(dir, { recursive: true });
  await hub.ended;
  // The agent goes on, whatever became of its swarm.
  writeFileSync(join(temp.path, 'go'), '');
  await expect.poll(() => existsSync(join(temp.path, 'over'))).toBe(true);
  const { code, stderr } = await runWaggle(['up', '--background', '--dir', dir], { cwd: temp.path });
  expect([code, stderr]).toEqual([3, expect.stringContaining('it was removed') as string]);
  expect(existsSync(dir)).toBe(false);
  temp[Symbol.dispose]();
});
