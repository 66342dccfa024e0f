import { describe, expect, test } from 'vitest';
import { hubHere, hungHub, swarm } from '../../support/cli-swarm.ts';
import { runWaggle, startWaggle } from '../../support/run-waggle.ts';

describe('waiting', { timeout: 60_000 }, () => {
  test('ends empty with exit 0, says what to do, and prints an empty list as JSON', async () => {
    const { json, run } = await swarm();
    await json('agent', 'add', 'bob');
    expect(await json('inbox', 'bob', '--wait', '200ms')).toEqual({ messages: [] });
    expect(await run('inbox', 'bob')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('--wait 30s'),
    });
    expect((await run('inbox', 'bob', '--wait', '100ms')).stderr).toContain('is empty after 100ms');
  });

  test('is ended by the message it waits for', async () => {
    const { cwd, json } = await swarm();
    await using hub = await hubHere(cwd);
    await json('agent', 'add', 'bob');
    const waiting = runWaggle(['inbox', 'bob', '--wait', '50s', '--json'], { cwd });
    await hub.consumerWaits();
    await json('send', 'bob', 'wake up');
    expect(JSON.parse((await waiting).stdout).messages).toMatchObject([{ body: 'wake up' }]);
  });

  test('is interrupted with exit 130', async () => {
    const { cwd, json } = await swarm();
    await using hub = await hubHere(cwd);
    await json('agent', 'add', 'bob');
    const waiting = startWaggle(['inbox', 'bob', '--wait', '50s'], { cwd });
    await hub.consumerWaits();
    waiting.process.kill('SIGINT');
    expect(await waiting.done).toMatchObject({ code: 130, stdout: '' });
    await expect.poll(() => hub.waiting()).toBe(0);
  });
});

describe('interrupted', { timeout: 60_000 }, () => {
  test('while it reads its input: nothing is sent', async () => {
    const { cwd, json } = await swarm();
    await json('agent', 'add', 'bob');
    const sending = startWaggle(['send', 'bob', '-'], { cwd, stdin: null });
    // More than a pipe holds: it is written only once the command reads.
    const { stdin } = sending.process;
    await new Promise((resolve) => stdin?.write('half a message '.repeat(100_000), resolve));
    sending.process.kill('SIGINT');
    expect(await sending.done).toMatchObject({ code: 130, stderr: 'aborted: interrupted by SIGINT\n' });
    expect(await json('queue', 'stats')).toMatchObject({ accepted: 0 });
  });

  test('twice, it does not wait for a hub that does not answer', async () => {
    const { cwd, json } = await swarm();
    await json('agent', 'add', 'bob');
    await json('down');
    await using hung = await hungHub(cwd);
    const hasty = startWaggle(['inbox', 'bob', '--wait', '50s'], { cwd });
    await hung.hears('"op":"message.lease"');
    hasty.process.kill('SIGINT');
    await hung.hears('"cancel":true');
    hasty.process.kill('SIGINT');
    expect(await hasty.done).toMatchObject({ code: 130 });
    hung.forget();
    const patient = startWaggle(['inbox', 'bob', '--wait', '50s'], { cwd });
    await hung.hears('"op":"message.lease"');
    patient.process.kill('SIGINT');
    expect(await patient.done).toMatchObject({ code: 130 });
  });

  test('by a reader that has seen enough, it ends quietly and well', async () => {
    const { cwd, json } = await swarm();
    await json('agent', 'add', 'bob');
    const following = startWaggle(['events', '--follow'], { cwd });
    await following.printed('agent.added');
    following.process.stdout?.destroy();
    await json('send', 'bob', 'x');
    expect(await following.done).toMatchObject({ code: 0, stderr: '' });
  });
});
