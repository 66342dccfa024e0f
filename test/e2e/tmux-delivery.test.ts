import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { tempFolder } from '../../src/testing/temp-hub.ts';

const hasTmux = (() => {
  try {
    execFileSync('tmux', ['-V']);
    return true;
  } catch {
    return false;
  }
})();

/** Waits for lines at a prompt and keeps what it was told, as an agent in a terminal does. */
const agentProgram = `
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' });
lines.on('line', (line) => { appendFileSync(process.argv[2], line + '\\n'); lines.prompt(); });
lines.prompt();
`;

describe.skipIf(!hasTmux)('an agent in a real tmux pane', () => {
  test('is told that mail waits, in one fixed line, and never what a peer wrote', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    const program = join(folder.path, 'agent.mjs');
    const told = join(folder.path, 'told');
    writeFileSync(program, agentProgram);
    writeFileSync(told, '');
    await using hub = spawnHub(dir);
    expect(await hub.up).toBe(true);
    await using swarm = await connectSwarm({ dir, start: false });
    await swarm.agents.add({ id: 'ada' });
    await swarm.agents.start('ada', [process.execPath, program, told], {
      cwd: folder.path,
      host: 'tmux',
      restart: 'temporary',
    });
    try {
      await swarm.delivery.open('ada', 'tmux');
      const { id } = await swarm.send({ to: 'ada', body: '\u001b[201~; rm -rf /\r$(touch owned)', from: 'operator' });
      await expect
        .poll(async () => (await swarm.message(id)).receipt, { timeout: 60_000 })
        .toMatchObject({ state: 'injected', door: 'tmux' });
      expect(readFileSync(told, 'utf8')).toBe('check your Waggle inbox\n');
      const status = await swarm.delivery.status('ada');
      expect(status.uncertain).toEqual([]);
    } finally {
      await swarm.agents.stop('ada', { signal: 'kill' });
    }
    await swarm.stopHub();
    await hub.ended;
  });
});
