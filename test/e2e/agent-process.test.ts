import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { WireProcess } from '../../src/hub/process-api.ts';
import { versionObstacle } from '../../src/process/hosts/tmux/tmux-server.ts';
import { readPid, runWaggle, startWaggle, temporaryFolder } from '../support/run-waggle.ts';

const tmux = spawnSync('tmux', ['-V'], { encoding: 'utf8' });
const hasTmux = versionObstacle(tmux.status === 0 ? tmux.stdout : undefined) === undefined;

/** A folder with a swarm, and the command line in it. */
async function swarmFolder() {
  const cwd = await temporaryFolder();
  const waggle = (...args: string[]) => runWaggle(args, { cwd, env: { SECRET_OF_CALLER: 'kept' } });
  await waggle('agent', 'add', 'ada');
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await waggle('--json', ...args)).stdout) as T; // one document
  const ps = async () => (await json<{ processes: WireProcess[] }>('agent', 'ps')).processes;
  return { cwd, waggle, json, ps };
}

describe('waggle agent start', () => {
  test('runs a program in the caller’s folder and environment, and shows what it prints', async () => {
    const { cwd, waggle, ps } = await swarmFolder();
    mkdirSync(join(cwd, 'deep'));
    const script = 'pwd; echo "$SECRET_OF_CALLER $WAGGLE_AGENT $WAGGLE_INCARNATION $WAGGLE_DIR"; sleep 60';
    const options = { cwd: join(cwd, 'deep'), env: { SECRET_OF_CALLER: 'kept' } };
    const started = await runWaggle(['agent', 'start', 'ada', '--json', '--', 'sh', '-c', script], options);
    const life = JSON.parse(started.stdout) as WireProcess; // what the command prints
    expect(life).toMatchObject({ id: 'ada', state: 'running', incarnation: 1, restart: 'transient', host: 'child' });
    expect(started.stdout).not.toContain('nonce');
    const printed = [join(cwd, 'deep'), `kept ada 1 ${join(cwd, '.waggle')}`];
    await expect.poll(async () => (await waggle('agent', 'logs', 'ada')).stdout.trimEnd().split('\n')).toEqual(printed);
    expect((await waggle('agent', 'show', 'ada')).stdout).toContain(`program\trunning, pid ${life.pid}, life 1`);
    // Environments hold secrets: theirs alone to read, and gone from the launch once it runs.
    const folder = join(cwd, '.waggle/agents/ada');
    expect(statSync(join(folder, 'environment.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'output.log')).mode & 0o777).toBe(0o600);

    const again = await waggle('agent', 'start', 'ada', '--', 'sleep', '60');
    expect([again.code, again.stderr]).toEqual([4, expect.stringMatching(/^illegal_transition: agent ada is running/)]);
    const removal = await waggle('agent', 'remove', 'ada');
    expect([removal.code, removal.stderr]).toEqual([4, expect.stringContaining('stop it first')]);

    const stopped = await waggle('agent', 'stop', 'ada');
    expect(stopped).toMatchObject({ code: 0, stdout: 'ada has ended: killed by SIGTERM\n' });
    expect(await ps()).toMatchObject([{ id: 'ada', state: 'exited', exit: { signal: 'SIGTERM' } }]);
    expect((await waggle('agent', 'stop', 'ada')).code).toBe(0);
  });

  test('gives each life a token of its own, with the role of the one before', async () => {
    const { cwd, waggle, json } = await swarmFolder();
    await waggle('agent', 'add', 'bob');
    await waggle('agent', 'token', 'ada', '--role', 'supervisor');
    const bin = join(import.meta.dirname, '../../bin/waggle.js');
    const script = `cp "$WAGGLE_TOKEN_FILE" token-$WAGGLE_INCARNATION; ${process.execPath} ${bin} send bob hello --kind notice; sleep 60`;
    await waggle('agent', 'start', 'ada', '--', 'sh', '-c', script);
    const peek = async () => (await json<{ messages: { from: string }[] }>('inbox', 'bob', '--peek')).messages;
    await expect.poll(peek).toMatchObject([{ from: 'ada' }]);
    expect(await json('agent', 'show', 'ada')).toMatchObject({
      liveness: 'alive',
      token: { role: 'supervisor', incarnation: 2 },
    });
    await waggle('agent', 'restart', 'ada');
    await expect.poll(peek).toMatchObject([{ from: 'ada' }, { from: 'ada' }]);
    const status = (life: number) =>
      runWaggle(['queue', 'stats'], { cwd, env: { WAGGLE_TOKEN_FILE: join(cwd, `token-${life}`) } });
    expect(await status(1)).toMatchObject({ code: 5, stderr: expect.stringMatching(/^unauthorized: /) });
    expect((await status(2)).code).toBe(0);
    await waggle('agent', 'stop', 'ada');
    expect(await json('agent', 'show', 'ada')).toMatchObject({ liveness: 'dead' });
  });

  test('names what is wrong, and starts nothing', async () => {
    const { waggle, ps } = await swarmFolder();
    const said = async (...args: string[]) => {
      const { code, stderr } = await waggle('agent', ...args);
      return `${code} ${stderr}`;
    };
    expect(await said('start', 'ada', '--', 'no-such-program', '-x')).toMatch(
      /^3 not_found: command: "no-such-program"/,
    );
    expect(await said('start', 'ada')).toMatch(/^2 invalid_input: .*command/);
    expect(await said('start', 'ADA', '--', 'true')).toMatch(/^2 invalid_input: id/);
    expect(await said('start', 'all', '--', 'true')).toMatch(/^2 invalid_input: id: is reserved/);
    expect(await said('start', 'ada', '--restart', 'often', '--', 'true')).toMatch(/^2 invalid_input: /);
    expect(await said('stop', 'ada')).toMatch(/^3 not_found: agent ada was never started/);
    expect(await said('logs', 'bob')).toMatch(/^3 not_found: /);
    expect(await said('restart', 'ada')).toMatch(/^3 not_found: /);
    expect(await ps()).toEqual([]);
    expect((await waggle('agent', 'ps')).stderr).toContain('no agent was started yet');
  });

  test('registers an agent nobody has', async () => {
    const { cwd, waggle, json } = await swarmFolder();
    await waggle('agent', 'start', 'newcomer', '--', 'sleep', '60');
    expect(await json('agent', 'show', 'newcomer')).toMatchObject({ id: 'newcomer', process: { state: 'running' } });
    // One of a client's is known as such from the start, so that it is watched for loops.
    writeFileSync(join(cwd, 'codex'), '#!/bin/sh\nsleep 60\n', { mode: 0o755 });
    await waggle('agent', 'start', 'coder', '--', './codex');
    expect(await json('agent', 'show', 'coder')).toMatchObject({ client: 'codex' });
    expect(await json('agent', 'show', 'newcomer')).not.toHaveProperty('client');
  });
});

describe('what an agent prints', () => {
  test('cannot command the terminal of its reader', async () => {
    const { waggle } = await swarmFolder();
    const script = `printf '\\033]0;title\\007red \\033[31mtext\\033[0m\\r\\n\\033[2Jgone\\302\\233'`;
    await waggle('agent', 'start', 'ada', '--restart', 'temporary', '--', 'sh', '-c', script);
    const read = async () => (await waggle('agent', 'logs', 'ada')).stdout;
    await expect.poll(read).toBe('red text\ngone\n');
    const { stdout } = await waggle('agent', 'logs', 'ada', '--json', '--lines', '1');
    expect(stdout).not.toMatch(/[\u001b\u009b]/);
    expect(JSON.parse(stdout)).toEqual({ id: 'ada', line: '\u001b[2Jgone\u009b' });
  });

  test('is followed across its lives until it ends for good', async () => {
    const { cwd, waggle } = await swarmFolder();
    writeFileSync(join(cwd, '.waggle/config.json'), JSON.stringify({ restarts: { minMs: 1, maxMs: 2, max: 2 } }));
    await waggle('down');
    const script = 'until [ -e go ]; do sleep 0.02; done; echo "life $WAGGLE_INCARNATION"; exit 1';
    await waggle('agent', 'start', 'ada', '--', 'sh', '-c', script);
    const following = startWaggle(['agent', 'logs', 'ada', '--follow'], { cwd });
    writeFileSync(join(cwd, 'go'), '');
    const { code, stdout } = await following.done;
    expect([code, stdout]).toEqual([0, 'life 1\nlife 2\nlife 3\n']);
    expect((await waggle('agent', 'ps')).stdout).toMatch(/^ada\tcrashloop\t\t3\t.*\texit code 1\t/);
  });
});

test('an agent is restarted by hand with the same command, and has no terminal to attach to', async () => {
  const { waggle, json } = await swarmFolder();
  await waggle('agent', 'start', 'ada', '--', 'sleep', '60');
  const life = await json<WireProcess>('agent', 'restart', 'ada', '--kill');
  expect(life).toMatchObject({ incarnation: 2, command: ['sleep', '60'], state: 'running' });
  const attached = await waggle('agent', 'attach', 'ada');
  expect([attached.code, attached.stderr]).toEqual([
    1,
    expect.stringMatching(/^not_supported: .*child host.*waggle agent logs ada --follow/),
  ]);
  await waggle('agent', 'stop', 'ada', '--interrupt', '--grace', '5s');
  expect((await waggle('agent', 'attach', 'ada')).stderr).toContain('it does not run (exited)');
});

test('down leaves agents at work, and --agents ends them', async () => {
  const { cwd, waggle, ps } = await swarmFolder();
  await waggle(
    'agent',
    'start',
    'ada',
    '--restart',
    'permanent',
    '--',
    'sh',
    '-c',
    'trap "echo bye > bye; exit" TERM; sleep 60 & wait',
  );
  expect((await waggle('down')).stderr).toContain('still at work: ada');
  expect(await ps()).toMatchObject([{ state: 'running', incarnation: 1 }]);
  expect(existsSync(join(cwd, 'bye'))).toBe(false);
  expect(JSON.parse((await waggle('down', '--agents', '--json')).stdout)).toMatchObject({
    stopped: true,
    agents: ['ada'],
  });
  expect(readFileSync(join(cwd, 'bye'), 'utf8')).toBe('bye\n');
  expect(await ps()).toMatchObject([{ state: 'exited', incarnation: 1 }]);
});

describe.skipIf(!hasTmux)(`an agent in a tmux pane${hasTmux ? '' : ' (skipped: no tmux 3.3)'}`, () => {
  test('has a terminal of its own, which people can open, and logs what it shows', async () => {
    const { cwd, waggle, json } = await swarmFolder();
    const script = 'tty > /dev/null && echo "a terminal for $WAGGLE_AGENT, $SECRET_OF_CALLER"; sleep 60';
    const life = await json<WireProcess>('agent', 'start', 'ada', '--host', 'tmux', '--', 'sh', '-c', script);
    expect(life).toMatchObject({ host: 'tmux', state: 'running' });
    await expect.poll(async () => (await waggle('agent', 'logs', 'ada')).stdout).toBe('a terminal for ada, kept\n');
    const { attach } = await json<{ attach: string[] }>('agent', 'attach', 'ada');
    expect(attach).toEqual(expect.arrayContaining(['tmux', join(cwd, '.waggle/tmux.sock'), 'attach-session']));
    // Without a terminal tmux says so; that it was asked is what counts here.
    const attached = await waggle('agent', 'attach', 'ada');
    expect([attached.code, attached.stderr + attached.stdout]).toEqual([
      1,
      expect.stringContaining('terminal') as string,
    ]);
    expect((await waggle('agent', 'stop', 'ada')).stdout).toBe('ada has ended: killed by SIGTERM\n');
    expect((await waggle('agent', 'attach', 'ada')).stderr).toContain('it does not run (exited)');
  });

  test('brings a dead hub back, and its end is told by the hub that comes after', async () => {
    const { cwd, waggle, ps } = await swarmFolder();
    const script = 'until [ -e go ]; do sleep 0.05; done; exit 9';
    await waggle('agent', 'start', 'ada', '--host', 'tmux', '--restart', 'temporary', '--', 'sh', '-c', script);
    const hubFile = join(cwd, '.waggle/hub.json');
    const before = readPid(hubFile) ?? 0;
    process.kill(before, 'SIGKILL');
    await expect.poll(() => readPid(hubFile) ?? before).not.toBe(before);
    await waggle('down');
    writeFileSync(join(cwd, 'go'), '');
    await expect.poll(ps).toMatchObject([{ state: 'exited', exit: { code: 9 } }]);
  });
});
