import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandRunner } from '../../testing/cli-context.ts';
import { startTempHub, tempFolder } from '../../testing/temp-hub.ts';

const status = {
  agent_id: 'Agent-1',
  status: 'ACTIVE',
  last_updated: '2025-10-16 08:15:00',
  completed_tasks: ['a', 'b'],
  points_earned: 6200,
};

function workspaces(files: Readonly<Record<string, string>>) {
  const folder = tempFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder.path, 'agents', name, '..'), { recursive: true });
    writeFileSync(join(folder.path, 'agents', name), text);
  }
  return folder;
}

const lines = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('a folder of workspaces becomes agents that look no more alive than they were', async () => {
  await using hub = await startTempHub();
  await using swarm = await hub.connect();
  using folder = workspaces({
    'Agent-1/status.json': JSON.stringify(status),
    'Agent-2/status.json': JSON.stringify({ ...status, agent_id: 'Agent-2', status: '???' }),
    'Agent-2/inbox.json': '[]',
    'notes.json': '{}',
  });
  const run = commandRunner(swarm, { terminal: false, cwd: folder.path });
  const { code, stdout } = await run('agent', 'import-legacy', 'agents');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^imported {2}agent-1 \(working\) from .*Agent-1\/status.json\nimported {2}agent-2 \(offline\)/,
  );
  expect(stdout).toContain('          its state "???" is not understood');
  expect(await swarm.agents.show('agent-1')).toMatchObject({
    state: 'working',
    stateReason: 'ACTIVE',
    stateAt: '2025-10-16T08:15:00.000Z',
    client: 'legacy',
    workspace: join(folder.path, 'agents/Agent-1'),
    liveness: 'unknown',
  });
  expect((await swarm.contexts.get('agent-1')).value).toEqual({ legacy: status });

  const again = await run('agent', 'import-legacy', 'agents/Agent-1/status.json', '--json');
  expect([again.code, lines(again.stdout)[0]]).toEqual([
    0,
    {
      file: join(folder.path, 'agents/Agent-1/status.json'),
      status: 'known',
      id: 'agent-1',
      state: 'working',
      notes: ['it is registered already and was left as it is'],
    },
  ]);
});

test('what cannot be read is told file by file, the rest is imported, and the exit code says so', async () => {
  await using hub = await startTempHub();
  await using swarm = await hub.connect();
  using folder = workspaces({
    'Agent-1/status.json': '{"agent_id": "Agent-1"',
    'Agent-2/status.json': JSON.stringify({ ...status, agent_id: 'captain' }),
    'Agent-3/status.json': JSON.stringify({ ...status, agent_id: 'Agent-3', notes: 'x'.repeat(70_000) }),
    'Agent-4/status.json': Buffer.from([0xff, 0xfe, 0x00]).toString('latin1'),
    'Agent-5/status.json': JSON.stringify({ ...status, agent_id: 'Agent-5' }),
    'agent-7-status.json': '{"team_assignment":"Team Beta"}',
  });
  symlinkSync('/etc/hostname', join(folder.path, 'agents/Agent-6-status.json'));
  // Workspaces that cannot be looked into, that lie elsewhere, and that are gone.
  symlinkSync('Agent-8', join(folder.path, 'agents/Agent-8'));
  symlinkSync('Agent-5', join(folder.path, 'agents/Agent-9'));
  symlinkSync('nothing', join(folder.path, 'agents/Agent-A'));
  mkdirSync(join(folder.path, 'empty'));
  const run = commandRunner(swarm, { terminal: false, cwd: folder.path });
  const { code, stdout } = await run('agent', 'import-legacy', 'agents', 'nowhere', 'empty', 'no\0path', '--json');
  const codes = lines(stdout).map(({ status, id, error }) =>
    status === 'failed' ? (error as { code: string }).code : [status, id],
  );
  expect(code).toBe(1);
  expect(codes).toEqual([
    'unreadable_file',
    'invalid_input',
    'payload_too_large',
    'unreadable_file',
    ['imported', 'agent-5'],
    'unreadable_file',
    'unreadable_file',
    'unreadable_file',
    ['imported', 'agent-7'],
    'not_found',
    'not_found',
    'unreadable_file',
  ]);
  expect(await swarm.agents.list()).toMatchObject([
    { id: 'agent-5' },
    { id: 'agent-7', state: 'offline', team: 'beta' },
  ]);
  const text = await run('agent', 'import-legacy', 'agents');
  expect(text.stdout).toMatch(/^failed {4}unreadable_file: .*is not JSON; it is never taken for an empty one$/m);
});
