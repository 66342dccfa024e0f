import { describe, expect, onTestFinished, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { startTempHub } from '../testing/temp-hub.ts';
import { answerHook } from './answer-hook.ts';
import type { HookCall } from './hook-call.ts';
import { reportTold } from './report-told.ts';

/** A hub, and hooks of a session of ada's that report as `waggle hook` does. */
async function session() {
  const hub = await startTempHub();
  onTestFinished(() => hub[Symbol.asyncDispose]());
  const swarm = await hub.connect();
  onTestFinished(() => swarm.close());
  await swarm.agents.add({ id: 'ada' });
  const call = (event: string): HookCall => ({
    client: 'claude',
    event,
    agent: 'ada',
    payload: Buffer.from('{"session_id":"s-1"}'),
    dir: hub.dir,
    cwd: '/',
    clock: new ManualClock(), // a slow machine must not use up the patience
    boundary: () => crypto.randomUUID().slice(0, 8),
    stop: new AbortController().signal,
  });
  const on = async (event: string) => {
    const { told } = await answerHook(call(event));
    await reportTold(call(event), told);
    return told?.ids ?? [];
  };
  const send = async (body: string, priority: 'normal' | 'urgent' = 'normal') =>
    (await swarm.send({ to: 'ada', body, priority, from: 'bob' })).id;
  return { hub, swarm, call, on, send, receipt: async (id: string) => (await swarm.message(id)).receipt };
}

describe('mail an answer holds a line of', () => {
  test.each([
    ['SessionStart', 'normal'],
    ['UserPromptSubmit', 'normal'],
    ['PostToolUse', 'normal'],
    ['Stop', 'urgent'],
  ] as const)('is injected by the hooks once %s has answered, not before', async (event, priority) => {
    const { swarm, call, on, send, receipt } = await session();
    if (event !== 'SessionStart') await on('SessionStart');
    const id = await send('see #12', priority);
    const answer = await answerHook(call(event));
    expect(answer.told?.ids).toEqual([id]);
    expect(await receipt(id)).toMatchObject({ state: 'stored' });
    await reportTold(call(event), answer.told);
    expect(await receipt(id)).toMatchObject({ state: 'injected', door: 'hooks', injectedAt: expect.any(String) });
    await swarm.lease('ada');
    expect(await receipt(id)).toMatchObject({ state: 'leased', injectedAt: expect.any(String) });
  });

  test('that was only counted is not claimed, and nothing is claimed twice', async () => {
    const { swarm, on, send } = await session();
    await on('SessionStart');
    const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => send(`${n} ${'lorem ipsum '.repeat(20)}`)));
    const told = await on('PostToolUse');
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(40);
    const { records } = await swarm.delivery.status('ada', { limit: 100 });
    expect(records.map(({ messageId }) => messageId).toSorted()).toEqual([...told].toSorted());
    const later = await on('PostToolUse');
    expect(later.filter((id) => told.includes(id))).toEqual([]);
    expect(ids).toEqual(expect.arrayContaining([...told, ...later]));
  });

  test('that was taken in between is leased, whatever the hook says afterwards', async () => {
    const { swarm, call, on, send, receipt } = await session();
    await on('SessionStart');
    const id = await send('see #12');
    const answer = await answerHook(call('PostToolUse'));
    await swarm.lease('ada');
    await reportTold(call('PostToolUse'), answer.told);
    expect(await receipt(id)).toMatchObject({ state: 'leased' });
  });

  test('stays stored when the hub is gone before it is reported; the agent goes on', async () => {
    const { hub, call, on, send } = await session();
    await on('SessionStart');
    await send('see #12');
    const answer = await answerHook(call('PostToolUse'));
    await hub.close();
    await expect(reportTold(call('PostToolUse'), answer.told)).resolves.toBeUndefined();
  });
});
