import { describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { runHubInMemory } from '../compose.ts';
import { openSwarm } from '../index.ts';
import type { ImportInput } from './api.ts';
import { storedBody } from './body.ts';
import { operator } from './operation.ts';

const entry = (key: string, more: Partial<ImportInput> = {}): ImportInput => ({
  key,
  to: 'ada',
  bodyText: '{"a":1}',
  bodyType: 'json',
  priority: 'normal',
  state: 'ready',
  provenance: { source: 'recovered' },
  ...more,
});

describe('importing what was salvaged', () => {
  test('each entry once, each in the state it was in, agents added when asked for', async () => {
    await using swarm = await openSwarm({ store: 'memory' });
    const entries = [
      entry('recovered:1', { subject: 'first' }),
      entry('recovered:2', { state: 'acked' }),
      entry('recovered:3', { state: 'dead' }),
      entry('recovered:4', { state: 'quarantined' }),
      entry('recovered:5', { to: null }),
    ];
    expect(await swarm.importEntries(entries, { addAgents: true })).toEqual({
      imported: 5,
      known: 0,
      agentsAdded: ['ada', 'recovered'],
    });
    expect(await swarm.importEntries(entries, { addAgents: true })).toEqual({ imported: 0, known: 5, agentsAdded: [] });
    expect(await swarm.queue.stats()).toMatchObject({ ready: 2, acked: 1, dead: 1, quarantined: 1, accepted: 5 });
    const [message] = await swarm.lease('ada', { limit: 10 });
    expect(message).toMatchObject({
      from: 'recovery',
      subject: 'first',
      body: { a: 1 },
      provenance: { source: 'recovered' },
    });
    expect(await swarm.lease('ada', { limit: 10 })).toEqual([]);
  });

  test('what was larger than a message may be is kept, and never released as one', async () => {
    await using swarm = await openSwarm({ store: 'memory' });
    const bodyText = 'x'.repeat(256 * 1024 + 1);
    const doubtful = { bodyText, bodyType: 'text', state: 'quarantined' } as const;
    await swarm.importEntries([entry('recovered:1', doubtful)], { addAgents: true });
    await expect(swarm.quarantine.release({ all: true })).rejects.toMatchObject({
      code: 'payload_too_large',
      details: { bytes: 256 * 1024 + 1, limit: 256 * 1024 },
    });
    await expect(swarm.quarantine.release({})).rejects.toThrow(/exactly one of ids, inbox or all/);
    await expect(swarm.quarantine.purge({ all: true, inbox: 'ada' })).rejects.toThrow(/exactly one/);
    expect(await swarm.quarantine.purge({ inbox: 'ada' })).toBe(1);
  });

  test('for an agent nobody knows it is refused as a whole', async () => {
    await using swarm = await openSwarm({ store: 'memory' });
    await swarm.agents.add({ id: 'ada' });
    await expect(
      swarm.importEntries([entry('recovered:1'), entry('recovered:2', { to: 'eve' })]),
    ).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('eve'),
    });
    expect((await swarm.queue.stats()).accepted).toBe(0);
    await expect(swarm.importEntries([entry('recovered:3', { bodyText: '1},"forged":{"x":' })])).rejects.toThrow(
      /must be JSON/,
    );
    await expect(swarm.importEntries([entry('recovered:3', { bodyText: '"\ud800"' })])).rejects.toThrow(/surrogates/);
    const large = { bodyText: 'x'.repeat(300_000), bodyType: 'text' } as const;
    await expect(swarm.importEntries([entry('recovered:3', large)])).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    expect(await swarm.importEntries([entry('recovered:3', { ...large, state: 'quarantined' })])).toMatchObject({
      imported: 1,
    });
    await swarm.importEntries([entry('recovered:4', { bodyText: 'plain', bodyType: 'text', subject: 'a\u001bb' })]);
    expect((await swarm.peek('ada'))[0]?.subject).toBe('a b');
    await expect(swarm.importEntries([entry('no spaces please')])).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('the border', () => {
  test('names the operation, the field and the value it refuses', async () => {
    const hub = await runHubInMemory(systemClock);
    const call = (name: string, input: unknown) => hub.call(name as 'agent.add', input, { caller: operator });
    await expect(call('agent.fly', {})).rejects.toMatchObject({ code: 'invalid_input', details: { field: 'op' } });
    await expect(call('agent.add', 'ada')).rejects.toMatchObject({ details: { field: 'input' } });
    await expect(call('agent.add', { id: 'ada', wings: 2 })).rejects.toMatchObject({ details: { field: 'wings' } });
    await expect(call('agent.add', { id: 'all' })).rejects.toThrow(/reserved/);
    await expect(call('agent.add', { id: 'ada', skills: ['ok', 'NOT OK'] })).rejects.toMatchObject({
      details: { field: 'skills.1' },
    });
    await expect(call('agent.show', { id: 'nobody' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(call('message.get', { id: 'msg_00000000-0000-7000-8000-000000000000' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(call('message.thread', { threadId: 'none' })).rejects.toMatchObject({ code: 'not_found' });
    expect(hub.idleMs()).toBeGreaterThanOrEqual(0);
    await hub.close();
    await hub.close();
  });

  test('pages lead on to the next one', async () => {
    await using swarm = await openSwarm({ store: 'memory' });
    await swarm.agents.add({ id: 'ada' });
    const root = await swarm.send({ to: 'ada', body: 'root' });
    for (let n = 0; n < 3; n += 1) await swarm.send({ to: 'ada', body: `${n}`, replyTo: root.id });
    const first = await swarm.thread(root.id, { limit: 3 });
    const rest = await swarm.thread(root.id, { limit: 3, after: first.next ?? '' });
    expect([first.messages.length, rest.messages.length, rest.next]).toEqual([3, 1, undefined]);
    for (const message of await swarm.lease('ada', { limit: 4 })) await swarm.nack(message, { terminal: true });
    const dead = await swarm.dead.list({ limit: 3, inbox: 'ada' });
    expect((await swarm.dead.list({ limit: 3, after: dead.next ?? '' })).dead).toHaveLength(1);
    expect(await swarm.dead.redrive({ ids: [root.id, root.id] })).toBe(1);
    expect(await swarm.dead.purge({ all: true })).toBe(3);
    expect(await swarm.queue.stats({ inbox: 'ada' })).toMatchObject({ ready: 1, pruned: 3, accepted: 4 });
    expect((await swarm.queue.stats({ inbox: 'ada' })).oldestReadyAt).toMatch(/^20/);
  });

  test('a body is stored as what it is, or refused with the reason', () => {
    expect(storedBody('text', 10)).toEqual({ body: 'text', bodyType: 'text' });
    expect(storedBody(null, 10)).toEqual({ body: 'null', bodyType: 'json' });
    expect(() => storedBody(undefined, 10)).toThrow(/required/);
    expect(() => storedBody(() => 1, 10)).toThrow(/cannot be written/);
    expect(() => storedBody(10n, 10)).toThrow(/cannot be written/);
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => storedBody(circle, 10)).toThrow(/cannot be written/);
    expect(() => storedBody('\ud800', 10)).toThrow(/surrogate/);
    expect(() => storedBody('ä'.repeat(6), 10)).toThrow(/12 bytes/);
  });
});
