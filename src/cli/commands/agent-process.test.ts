import { describe, expect, test, vi } from 'vitest';
import type { WireProcess } from '../../hub/process-api.ts';
import type { Swarm } from '../../sdk/swarm.ts';
import { commandRunner } from '../../testing/cli-context.ts';
import { eventually } from '../../testing/eventually.ts';
import { ManualClock } from '../../testing/manual-clock.ts';

const clock = new ManualClock();
const at = (agoMs: number) => new Date(clock.now() - agoMs).toISOString();
const life: WireProcess = {
  id: 'ada',
  incarnation: 2,
  state: 'running',
  host: 'child',
  command: ['sh', '-c', 'x\u001b[31m'],
  cwd: '/work',
  restart: 'transient',
  cause: 'asked',
  pid: 42,
  createdAt: at(61_000),
  startedAt: at(60_000),
};
const over: WireProcess = { ...life, state: 'exited', endedAt: at(5_000), exit: { code: 3 }, restartAt: at(-1_000) };

/** The command line at a terminal over a swarm whose agents answer as told. */
function terminal(agents: Partial<Swarm['agents']>, options: { stop?: AbortSignal; terminal?: boolean } = {}) {
  // Only `agents` is asked by these commands.
  return commandRunner({ agents } as Swarm, { clock, cwd: '/work', ...options });
}

describe('programs at the terminal', () => {
  test('what runs, what waits for its next life and what never ran', async () => {
    const never: WireProcess = { ...life, id: 'cy', state: 'starting' };
    const { pid: _pid, startedAt: _startedAt, ...starting } = never;
    const waggle = terminal({ processes: async () => [life, { ...over, id: 'bob' }, starting] });
    const { stdout } = await waggle('agent', 'ps');
    const lines = stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, '|'));
    expect(lines.slice(1, 4)).toEqual([
      'ada|running|42|2|1m ago|sh -c x[31m',
      'bob|restarting|2|5s ago|exit code 3|sh -c x[31m',
      'cy|starting|2|1m 1s ago|sh -c x[31m',
    ]);
    expect(stdout).not.toContain('\u001b');
  });

  test('none is said as such', async () => {
    const waggle = terminal({ processes: async () => [] });
    expect((await waggle('agent', 'ps')).stderr).toContain('no agent was started yet');
    expect((await waggle('agent', 'ps', '--json')).stdout).toBe('{"processes":[]}\n');
  });

  test('starting hands on the command as it stands, the folder and the choices', async () => {
    const start = vi.fn(async () => life);
    const waggle = terminal({ start });
    const { stdout } = await waggle(
      'agent',
      'start',
      'ada',
      '--host',
      'tmux',
      '--restart',
      'permanent',
      '--',
      'x',
      '--json',
    );
    expect(stdout).toContain('✓ ada runs, pid 42');
    const choices = { cwd: '/work', environment: {}, host: 'tmux', restart: 'permanent' };
    expect(start).toHaveBeenCalledExactlyOnceWith('ada', ['x', '--json'], choices);
  });

  test.each([
    [[], {}],
    [['--kill'], { signal: 'kill' }],
    [['--interrupt', '--grace', '2s'], { signal: 'interrupt', graceMs: 2_000 }],
  ])('stopping with %j asks for %j', async (flags, asked) => {
    const stop = vi.fn(async () => over);
    expect((await terminal({ stop })('agent', 'stop', 'ada', ...flags)).stdout).toBe('✓ ada has ended: exit code 3\n');
    expect(stop).toHaveBeenCalledExactlyOnceWith('ada', asked);
  });

  test('what never ran has no end to tell, and a restart tells its life', async () => {
    const { exit: _exit, ...never } = over;
    const waggle = terminal({ stop: async () => never, restart: async () => life }, { terminal: false });
    expect((await waggle('agent', 'stop', 'ada')).stdout).toBe('ada has ended: it never ran\n');
    expect((await waggle('agent', 'restart', 'ada')).stdout).toBe('ada runs again, pid 42, incarnation 2\n');
  });
});

describe('following a log', () => {
  test('ends with Ctrl-C, exit code 130', async () => {
    const stop = new AbortController();
    const logs = vi.fn(async () => ({ id: 'ada', lines: ['one'], next: '1:4', process: life }));
    const running = terminal({ logs }, { stop: stop.signal })('agent', 'logs', 'ada', '--follow');
    await eventually(() => expect(logs).toHaveBeenCalled());
    stop.abort();
    expect(await running).toMatchObject({ code: 130, stdout: 'one\n' });
    expect(logs).toHaveBeenCalledTimes(1);
  });
});
