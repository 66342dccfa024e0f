import { expect, test } from 'vitest';
import type { AgentProcess } from '../process/process.ts';
import { mintToken, startTeam, streamDoor } from '../testing/agent-doors.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { operator } from './operation.ts';

test('an agent is alive by what it does itself, then suspect, then unknown, and dead when it says so', async () => {
  const clock = new ManualClock();
  await using hub = await startTeam({ clock });
  const seen = async () => (await hub.hub.call('agent.show', { id: 'bob' }, { caller: operator })).liveness;
  expect(await seen()).toBe('unknown');
  // What others do for it or to it is no sign of its life.
  await hub.hub.call('message.send', { to: 'bob', body: 'wake up' }, { caller: operator });
  await hub.hub.call('message.lease', { inbox: 'bob' }, { caller: operator });
  const token = await mintToken(hub, 'bob');
  expect(await seen()).toBe('unknown');
  const door = streamDoor(hub);
  await door(token, 'queue.stats', {});
  expect(await seen()).toBe('alive');
  clock.advance(3 * 60_000);
  expect(await seen()).toBe('suspect');
  clock.advance(10 * 60_000);
  expect(await seen()).toBe('unknown');
  await door(token, 'agent.report', { id: 'bob', state: 'blocked', reason: 'waits' });
  expect(await seen()).toBe('alive');
  await door(token, 'agent.report', { id: 'bob', state: 'offline' });
  expect(await seen()).toBe('dead');
  clock.advance(1_000);
  await door(token, 'queue.stats', {});
  const { agents } = await hub.hub.call('agent.list', {}, { caller: operator });
  expect(agents[1]).toMatchObject({
    id: 'bob',
    liveness: 'alive',
    evidence: [{ kind: 'call', tells: 'life' }, { kind: 'report', tells: 'end' }, { kind: 'heartbeat' }],
    token: { role: 'agent', incarnation: 1 },
  });
});

test('the program of an agent is told as evidence: there, silent, ended', async () => {
  const clock = new ManualClock();
  await using hub = await startTeam({ clock });
  const { processes } = hub.hub.store;
  const life: AgentProcess = {
    agent: 'cy',
    incarnation: 3,
    command: ['true'],
    cwd: '/',
    policy: 'temporary',
    nonce: 'n',
    host: 'child',
    cause: 'asked',
    state: 'running',
    createdAt: clock.now(),
  };
  const seen = async (present: Partial<AgentProcess>) => {
    processes.latest = async () => ({ ...life, ...present });
    const { liveness, evidence } = await hub.hub.call('agent.show', { id: 'cy' }, { caller: operator });
    return [liveness, ...evidence.map(({ tells, detail }) => `${tells}: ${detail}`)];
  };
  const began = 'life: incarnation 3 began';
  expect(await seen({ startedAt: clock.now() })).toEqual(['alive', began, 'presence: its program is running']);
  const startedAt = clock.now() - 86_400_000;
  expect(await seen({ startedAt })).toEqual(['suspect', began, 'presence: its program is running']);
  const ended = await seen({ startedAt, endedAt: clock.now(), state: 'exited' });
  expect(ended).toEqual(['dead', 'end: its program exited', began]);
  expect((await seen({ state: 'failed' }))[0]).toBe('dead');
});
