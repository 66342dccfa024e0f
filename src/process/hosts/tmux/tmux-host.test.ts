import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from '../../../clock.ts';
import { processHostContract } from '../../../testing/contracts/process-host-contract.ts';
import { tempFolder } from '../../../testing/temp-hub.ts';
import { TmuxHost } from './tmux-host.ts';
import { versionObstacle } from './tmux-server.ts';

const waggle = [process.execPath, fileURLToPath(new URL('../../../../bin/waggle.js', import.meta.url))];
const tmux = spawnSync('tmux', ['-V'], { encoding: 'utf8' });
const obstacle = versionObstacle(tmux.status === 0 ? tmux.stdout : undefined);

test.skipIf(obstacle !== undefined)('a server that cannot be started is told, and nothing starts later', async () => {
  using temp = tempFolder();
  const socket = join(temp.path, 'no/such/folder/tmux.sock');
  const host = new TmuxHost({ agents: join(temp.path, 'agents'), socket, waggle, clock: systemClock });
  const life = { agent: 'ada', incarnation: 1, nonce: 'n1', command: ['true'], cwd: '/', environment: {} };
  await expect(host.launch(life)).rejects.toMatchObject({
    code: 'start_failed',
    message: expect.stringContaining('tmux refused') as string,
  });
  expect((await host.look(life)).state).toBe('failed');
  expect(await host.obstacle()).toBeUndefined();
  expect(host.attachCommand(life)).toEqual(['tmux', '-u', '-S', socket, 'attach-session', '-t', '=wn1']);
  expect(await host.nudge(life)).toEqual({ outcome: 'refused', reason: 'it has no pane' });
});

test.skipIf(obstacle !== undefined)('a terminal that was closed by hand leaves an end nobody saw', async () => {
  using temp = tempFolder();
  const agents = join(temp.path, '.waggle/agents');
  mkdirSync(agents, { recursive: true });
  const socket = join(temp.path, '.waggle/tmux.sock');
  const host = new TmuxHost({ agents, socket, waggle, clock: systemClock });
  const environment = { PATH: process.env['PATH'] ?? '', WAGGLE_NONCE: 'closed1' };
  const life = { agent: 'ada', incarnation: 1, nonce: 'closed1', command: ['sleep', '60'], cwd: '/', environment };
  const identity = await host.launch(life);
  spawnSync('tmux', ['-S', socket, 'kill-server']);
  await expect
    .poll(async () => host.look({ ...life, identity }))
    .toEqual({
      state: 'ended',
      exit: { reason: 'its terminal was closed, so nobody saw how it ended' },
    });
});

processHostContract(
  obstacle === undefined ? 'tmux' : `tmux (skipped: ${obstacle})`,
  ({ agents, ...options }) =>
    new TmuxHost({ ...options, agents, socket: join(agents, '..', 'tmux.sock'), waggle, clock: systemClock }),
  obstacle !== undefined || process.platform !== 'linux',
);
