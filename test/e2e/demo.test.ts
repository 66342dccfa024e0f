import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { runWaggle, startWaggle, temporaryFolder } from '../support/run-waggle.ts';

interface Status {
  readonly pid: number;
  readonly dashboard: string;
  readonly store: { readonly file: string };
}

describe('waggle up --demo', { timeout: 180_000 }, () => {
  test('runs eight agents in a folder of its own, with work, a stall and a rescued file, and leaves nothing', async () => {
    const cwd = await temporaryFolder();
    const demo = startWaggle(['up', '--demo', '--json', '--port', '0', '--no-open'], { cwd, timeoutMs: 170_000 });
    await demo.printed('"dashboard"');
    const status = JSON.parse(demo.stdout()) as Status; // the contract of `status --json`
    expect(status.dashboard).toMatch(/#code=[0-9a-f]{32}$/);
    const dir = dirname(status.store.file);
    expect(dir).toContain('waggle-demo-');
    // Nothing of the demo is in the user's folder.
    expect(readdirSync(cwd)).toEqual([]);

    const swarm = await connectSwarm({ dir, start: false });
    await expect.poll(async () => (await swarm.agents.list()).length, { timeout: 60_000 }).toBe(8);
    const wanted = new Set(['message.acked', 'mission.progressed', 'agent.started', 'recovery.imported']);
    const stop = new AbortController();
    let isStalled = false;
    for await (const { type, data } of swarm.events({ signal: stop.signal })) {
      wanted.delete(type);
      if (type === 'agent.reported' && data['state'] === 'blocked') isStalled = true;
      if (wanted.size === 0 && isStalled) stop.abort();
    }
    const processes = await swarm.agents.processes();
    const pids = processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    expect(pids).toHaveLength(8);
    await swarm.close();

    demo.process.kill('SIGINT');
    expect(await demo.done).toMatchObject({ code: 0 });
    await expect.poll(() => pids.filter(isAlive), { timeout: 30_000 }).toEqual([]);
    expect(existsSync(dirname(dir))).toBe(false);
  });

  test('never takes a swarm that is there already', async () => {
    const cwd = await temporaryFolder();
    expect(await runWaggle(['agent', 'add', 'mine'], { cwd })).toMatchObject({ code: 0 });
    const refused = await runWaggle(['up', '--demo', '--dir', cwd], { cwd });
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('--demo makes one of its own');
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
