import { chmodSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { swarm } from '../../support/cli-swarm.ts';
import { runWaggle, startWaggle } from '../../support/run-waggle.ts';

describe('bad input', { timeout: 60_000 }, () => {
  test('is refused with the field and the value, and stores nothing', async () => {
    const { fails, json } = await swarm();
    await json('agent', 'add', 'bob');
    expect((await fails(3, 'send', 'nobody', 'x')).code).toBe('not_found');
    expect((await fails(3, 'inbox', 'nobody')).code).toBe('not_found');
    expect((await fails(2, 'send', 'bob', 'x', '--priority', 'max')).message).toContain('max');
    expect((await fails(2, 'send', 'bob', 'x', '--delay', '-5s')).message).toContain(
      '--delay: must not be negative, got "-5s"',
    );
    expect((await fails(2, 'send', 'bob', 'x', '--ttl', '5')).message).toContain('write 5s');
    expect((await fails(2, 'send', 'bob', 'x', '--ack-by', '99999999d')).message).toContain(
      '--ack-by: is too far away',
    );
    expect((await fails(2, 'send', '../x', 'x')).code).toBe('invalid_input');
    expect((await fails(2, 'agent', 'add', '../x')).code).toBe('invalid_input');
    expect((await fails(2, 'send', 'bob')).message).toContain('text: is missing');
    expect((await fails(2, 'send')).message).toContain('to: is missing');
    expect((await fails(2, 'send', 'bob', '{"a":1,"a":2}', '--json-body')).message).toContain('duplicate key');
    expect((await fails(2, 'send', 'bob', '{"__proto__":1}', '--json-body')).message).toContain('__proto__');
    expect((await fails(2, 'send', 'bob', '"\\ud800"', '--json-body')).message).toContain('lone surrogate');
    expect((await fails(2, 'send', 'bob', '['.repeat(10_000), '--json-body')).message).toContain('nested deeper');
    expect((await fails(2, 'ack', 'msg_1')).message).toContain('--gen: is missing');
    expect((await fails(2, 'sned', 'bob', 'x')).message).toContain('Did you mean send?');
    expect((await fails(4, 'agent', 'add', 'bob')).code).toBe('already_exists');
    expect(await json('queue', 'stats')).toMatchObject({ accepted: 0 });
  });

  test('a body over the limit is refused from standard input too', async () => {
    const { cwd, json } = await swarm();
    await json('agent', 'add', 'bob');
    const refused = await runWaggle(['send', 'bob', '-', '--json'], { cwd, stdin: 'x'.repeat(256 * 1024 + 1) });
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stdout).error.code).toBe('payload_too_large');
  });
});

describe('agents', { timeout: 60_000 }, () => {
  test('are listed, shown, heard of and removed', async () => {
    const { json, run, fails } = await swarm();
    await json('agent', 'add', 'bob', '--role', 'reviewer', '--skill', 'sql');
    expect((await json('agent', 'list', '--skill', 'sql')).agents).toMatchObject([{ id: 'bob', role: 'reviewer' }]);
    expect((await run('agent', 'list')).stdout).toBe('bob\treviewer\tsql\t\t\toffline\tunknown\n');
    expect((await run('agent', 'list', '--role', 'cook')).stderr).toBe('no agent matches\n');
    expect((await json('agent', 'heartbeat', 'bob')).lastSeenAt).toMatch(/Z$/);
    expect((await json('agent', 'show', 'bob')).inbox).toMatchObject({ ready: 0 });
    await json('send', 'bob', 'x');
    expect((await run('agent', 'show', 'bob')).stdout).toContain('ready\t1');
    expect((await fails(4, 'agent', 'remove', 'bob')).code).toBe('illegal_transition');
    expect(await json('agent', 'remove', 'bob', '--cancel-open')).toEqual({ id: 'bob', cancelled: 1 });
    expect((await run('agent', 'list')).stderr).toContain('waggle agent add reviewer');
  });
});

describe('events', { timeout: 60_000 }, () => {
  test('are listed in order, resumed, and followed until interrupted', async () => {
    const { cwd, json, run } = await swarm();
    await json('agent', 'add', 'bob');
    await json('send', 'bob', 'x');
    const { stdout } = await run('events', '--json');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map((event) => event.type)).toEqual(['agent.added', 'message.accepted']);
    const { stdout: resumed } = await run('events', '--after', String(events[0].seq));
    expect(resumed.trim().split('\n')).toHaveLength(1);

    const following = startWaggle(['events', '--follow'], { cwd });
    await following.printed('message.accepted');
    const { id } = await json('send', 'bob', 'y');
    await following.printed(id);
    following.process.kill('SIGINT');
    expect(await following.done).toMatchObject({ code: 130 });
  });
});

describe('completion', { timeout: 60_000 }, () => {
  const complete = async (cwd: string, ...words: string[]) => {
    const { stdout } = await runWaggle(['complete', '--', ...words], { cwd });
    return stdout.split('\n').map((line) => line.split('\t')[0]);
  };

  test('knows commands, flags, choices and registered agents', async () => {
    const { cwd, json } = await swarm();
    expect(await complete(cwd, 'se')).toEqual(expect.arrayContaining(['send', 'search']));
    expect(await complete(cwd, 'dead', '')).toEqual(expect.arrayContaining(['list', 'redrive', 'purge']));
    expect(await complete(cwd, 'send', 'bob', '--pri')).toContain('--priority');
    expect(await complete(cwd, 'send', 'bob', '--priority', '')).toContain('urgent');
    expect(await complete(cwd, 'inbox', '')).not.toContain('bob');
    await json('agent', 'add', 'bob');
    expect(await complete(cwd, 'inbox', '')).toContain('bob');
  });

  test.each(['bash', 'zsh', 'fish'])('has a script for %s', async (shell) => {
    const { run } = await swarm();
    const { code, stdout } = await run('completion', shell);
    expect(code).toBe(0);
    expect(stdout).toContain('waggle complete');
  });
});

describe('pages', { timeout: 60_000 }, () => {
  test('greet, help, and answer a pipe that closes early', async () => {
    const { run } = await swarm();
    expect((await run()).stdout).toContain('waggle agent add reviewer');
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+/);
    expect((await run('help', 'dead', 'redrive')).stdout).toContain('waggle dead redrive --inbox reviewer');
    expect((await run('help')).stdout).toContain('Getting started:');
    expect(await run('help', 'sned')).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean send?') });
  });
});

test('doctor passes on a healthy swarm and fails when the token may be read by others', {
  timeout: 60_000,
}, async () => {
  const { cwd, json, run } = await swarm();
  expect((await json('doctor')).checks[1]).toMatchObject({ name: 'directory', status: 'warn' });
  expect(existsSync(join(cwd, '.waggle'))).toBe(false);
  await json('agent', 'add', 'bob');
  await json('send', 'bob', 'x');
  const healthy = await json('doctor');
  expect(healthy.ok).toBe(true);
  expect(healthy.checks.map((check: { name: string }) => check.name)).toEqual([
    'node',
    'directory',
    'filesystem',
    'token',
    'hub',
    'socket',
    'store',
    'quarantine',
    'log',
  ]);
  expect(statSync(join(cwd, '.waggle', 'token')).mode & 0o777).toBe(0o600);
  chmodSync(join(cwd, '.waggle', 'token'), 0o644);
  const sick = await run('doctor');
  expect(sick).toMatchObject({ code: 1, stdout: expect.stringContaining('chmod 600') });
  chmodSync(join(cwd, '.waggle', 'token'), 0o600);
});
