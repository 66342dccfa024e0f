import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { startTempHub } from '../testing/temp-hub.ts';
import { answerHook } from './answer-hook.ts';
import type { HookCall } from './hook-call.ts';
import { waitForMail } from './wait-for-mail.ts';
import { mostWakes, windowMs } from './wake-guard.ts';

/** A hub with the agent ada and an idle session of hers; `wait` is the hook in its background. */
async function idleSession() {
  const hub = await startTempHub();
  onTestFinished(() => hub[Symbol.asyncDispose]());
  const swarm = await hub.connect();
  onTestFinished(() => swarm.close());
  await swarm.agents.add({ id: 'ada' });
  const clock = new ManualClock();
  const parent = { pid: 100 };
  const stop = new AbortController();
  const call = (event: string): HookCall => ({
    client: 'claude',
    event,
    agent: 'ada',
    payload: Buffer.from('{"session_id":"s-1"}'),
    dir: hub.dir,
    cwd: '/',
    clock,
    boundary: () => crypto.randomUUID().slice(0, 8),
    stop: stop.signal,
  });
  const on = (event: string) => answerHook(call(event));
  await on('SessionStart');
  return {
    clock,
    parent,
    stop,
    on,
    waiterFile: join(hub.dir, 'agents/ada/hooks/s-1.waiter'),
    send: (body: string, priority: 'urgent' | 'normal' = 'urgent') => swarm.send({ to: 'ada', body, priority }),
    /** A waiter that waits at the hub already. */
    wait: async () => {
      const before = hub.hub.messages.watching;
      const ended = waitForMail(call('wait'), () => parent.pid);
      await expect.poll(() => hub.hub.messages.watching).toBeGreaterThan(before);
      return { ended };
    },
    /** A waiter that may not come as far as waiting. */
    waitAtOnce: () => waitForMail(call('wait'), () => parent.pid),
    watching: () => hub.hub.messages.watching,
  };
}
const silent = { exitCode: 0, stdout: undefined, stderr: undefined };

describe('a waiter in the background of an idle session', () => {
  test('wakes it when urgent mail comes, framed as data, and for nothing less', async () => {
    const at = await idleSession();
    const { ended } = await at.wait();
    await at.send('no hurry', 'normal');
    await at.send('the build is red');
    expect(await ended).toMatchObject({
      exitCode: 2,
      stdout: undefined,
      stderr: expect.stringMatching(/1 urgent message for ada[\s\S]*<data-\w+>\n.*the build is red\n<\/data-/),
    });
    expect(existsSync(at.waiterFile)).toBe(false);
  });

  test('wakes it at once when urgent mail is there already, once for each message', async () => {
    const at = await idleSession();
    await at.send('the build is red');
    expect(await at.waitAtOnce()).toMatchObject({ exitCode: 2 });
    expect((await at.on('Stop')).stdout).toEqual({}); // unread still, but it has been woken for it
    const { ended } = await at.wait();
    await at.send('it is redder');
    expect(await ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('1 urgent message') });
  });

  test('leaves a turn that runs alone', async () => {
    const at = await idleSession();
    const { ended } = await at.wait();
    await at.on('UserPromptSubmit');
    await at.send('the build is red');
    await expect.poll(at.watching).toBe(0); // it heard, and did not speak
    expect((await at.on('Stop')).stdout).toMatchObject({ decision: 'block' });
    at.stop.abort();
    expect(await ended).toEqual(silent);
  });

  test('is alone: a newer one takes its place', async () => {
    const at = await idleSession();
    const first = await at.wait();
    const second = await at.wait();
    at.clock.advance(1_000);
    expect(await first.ended).toEqual(silent);
    await at.send('the build is red');
    expect(await second.ended).toMatchObject({ exitCode: 2 });
  });

  test.each<[string, (at: Awaited<ReturnType<typeof idleSession>>) => unknown]>([
    ['the session ends', (at) => at.on('SessionEnd')],
    ['its client is gone', (at) => (at.parent.pid = 1)],
    ['it is told to', (at) => at.stop.abort()],
  ])('ends silently when %s', async (_, end) => {
    const at = await idleSession();
    const { ended } = await at.wait();
    await end(at);
    at.clock.advance(1_000);
    expect(await ended).toEqual(silent);
    expect(existsSync(at.waiterFile)).toBe(false);
  });

  test('a storm wakes so often within the window and no more; then the window moves on', async () => {
    const at = await idleSession();
    for (let wake = 0; wake < mostWakes; wake += 1) {
      await at.send(`storm ${wake}`);
      expect(await at.waitAtOnce()).toMatchObject({ exitCode: 2 });
      await at.on('Stop');
    }
    await at.send('one more');
    const ended = at.waitAtOnce();
    let isOver = false;
    void ended.then(() => (isOver = true));
    await expect.poll(() => at.clock.pending).toBeGreaterThan(1); // it pauses
    expect(isOver).toBe(false);
    at.clock.jump(windowMs);
    at.clock.advance(2_000);
    expect(await ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('one more') });
  });
});

test('where there is no swarm, nobody waits', async () => {
  const answer = await waitForMail(
    {
      client: 'claude',
      event: 'wait',
      agent: 'ada',
      payload: Buffer.from('{}'),
      dir: '/nowhere/.waggle',
      cwd: '/',
      clock: new ManualClock(),
      boundary: () => 'b',
      stop: new AbortController().signal,
    },
    () => 1,
  );
  expect(answer).toEqual(silent);
});
