import { describe, expect, test } from 'vitest';
import { type OpenStore, refusal, StoreFixture } from './store-fixture.ts';

export function agentContract(open: OpenStore): void {
  describe('agents', () => {
    test('are kept as they registered, sorted by id', async () => {
      await using fixture = await StoreFixture.open(open);
      const { agents } = fixture.store;
      const zoe = {
        id: 'zoe',
        role: 'captain',
        skills: ['rust', 'sql'],
        client: 'codex',
        team: 'red',
        capacity: 2,
        workspace: '/work/zoe',
      };
      const added = await agents.add(zoe);
      expect(added).toEqual({ ...zoe, state: 'offline', createdAt: fixture.clock.now() });
      expect(await agents.get('zoe')).toEqual(added);
      await agents.add({ id: 'aaron', skills: [] });
      expect((await agents.list()).map(({ id }) => id)).toEqual(['aaron', 'ada', 'bob', 'cy', 'zoe']);
      expect(await agents.get('nobody')).toBeUndefined();
    });

    test('one that comes from elsewhere keeps the time of what is known of it', async () => {
      await using fixture = await StoreFixture.open(open);
      const past = { state: 'working', stateReason: 'as it was', stateAt: 5, lastSeenAt: 5 } as const;
      const added = await fixture.store.agents.add({ id: 'old', skills: [], ...past });
      expect(added).toEqual({ id: 'old', skills: [], ...past, createdAt: fixture.clock.now() });
      expect(await fixture.store.agents.get('old')).toEqual(added);
    });

    test('registering never overwrites', async () => {
      await using fixture = await StoreFixture.open(open);
      await refusal(fixture.store.agents.add({ id: 'ada', role: 'thief', skills: [] }), 'already_exists');
      expect((await fixture.store.agents.get('ada'))?.role).toBeUndefined();
    });

    test('touching notes when the agent was heard of', async () => {
      await using fixture = await StoreFixture.open(open);
      fixture.clock.advance(5_000);
      const touched = await fixture.store.agents.touch('ada');
      expect(touched.lastSeenAt).toBe(fixture.clock.now());
      expect(await fixture.store.agents.get('ada')).toEqual(touched);
      await refusal(fixture.store.agents.touch('nobody'), 'not_found');
    });

    test('the program an agent runs in is noted once, and told', async () => {
      await using fixture = await StoreFixture.open(open);
      const { agents, events } = fixture.store;
      const before = await events.last();
      const noted = await agents.noteClient('ada', 'codex');
      expect(noted.client).toBe('codex');
      expect(await agents.noteClient('ada', 'claude')).toEqual(noted);
      expect(await agents.get('ada')).toEqual(noted);
      expect(await events.read(before, 10)).toMatchObject([
        { type: 'agent.client-noted', agent: 'ada', data: { client: 'codex' } },
      ]);
      await refusal(agents.noteClient('nobody', 'codex'), 'not_found');
    });

    test('what one says of itself is kept, told as an event, and a sign of life', async () => {
      await using fixture = await StoreFixture.open(open);
      const { agents, events } = fixture.store;
      const before = await events.last();
      fixture.clock.advance(5_000);
      const blocked = await agents.report('ada', { state: 'blocked', reason: 'waits for bob' });
      const now = fixture.clock.now();
      expect(blocked).toMatchObject({ state: 'blocked', stateReason: 'waits for bob', stateAt: now, lastSeenAt: now });
      fixture.clock.advance(5_000);
      const working = await agents.report('ada', { state: 'working' });
      expect(working).not.toHaveProperty('stateReason');
      expect(await agents.get('ada')).toEqual(working);
      expect(await events.read(before, 10)).toMatchObject([
        { type: 'agent.reported', agent: 'ada', data: { state: 'blocked', reason: 'waits for bob' } },
        { type: 'agent.reported', agent: 'ada', data: { state: 'working' } },
      ]);
      await refusal(agents.report('nobody', { state: 'idle' }), 'not_found');
    });

    test('an agent with open messages is not removed by accident', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send();
      await fixture.send({ delayMs: 1_000 });
      const error = await refusal(fixture.store.agents.remove('ada', { cancelOpen: false }), 'illegal_transition');
      expect(error.message).toContain('2');
      expect(await fixture.store.agents.get('ada')).toBeDefined();
      await refusal(fixture.store.agents.remove('nobody', { cancelOpen: true }), 'not_found');
    });

    test('removing one cancels its open messages and leaves the past readable', async () => {
      await using fixture = await StoreFixture.open(open);
      const done = await fixture.send();
      await fixture.messages.ack(await fixture.leaseOne());
      const open_ = [await fixture.send(), await fixture.send({ delayMs: 1_000 })];
      await fixture.leaseOne();
      expect(await fixture.store.agents.remove('ada', { cancelOpen: true })).toEqual({ cancelled: 2 });
      for (const id of open_) expect(await fixture.stateOf(id)).toBe('cancelled');
      expect(await fixture.stateOf(done)).toBe('acked');
      await refusal(fixture.accept(), 'not_found');
      await refusal(fixture.lease(), 'not_found');
      expect((await fixture.messages.stats()).accepted).toBe(3);
    });

    test('one added again continues the same inbox', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send();
      await fixture.messages.ack(await fixture.leaseOne());
      expect(await fixture.store.agents.remove('ada', { cancelOpen: false })).toEqual({ cancelled: 0 });
      await fixture.store.agents.add({ id: 'ada', skills: [] });
      expect(await fixture.lease()).toEqual([]);
      await fixture.send();
      expect((await fixture.leaseOne()).inboxSeq).toBe(2);
    });

    test('coming and going is told as events', async () => {
      await using fixture = await StoreFixture.open(open);
      const before = await fixture.store.events.last();
      await fixture.store.agents.add({ id: 'dee', role: 'reviewer', skills: [] });
      await fixture.send({ inboxes: ['dee'] });
      await fixture.store.agents.remove('dee', { cancelOpen: true });
      const events = (await fixture.store.events.read(before, 10)).filter(({ type }) => type.startsWith('agent.'));
      expect(events).toMatchObject([
        { type: 'agent.added', agent: 'dee' },
        { type: 'agent.removed', agent: 'dee', data: { cancelled: 1 } },
      ]);
    });
  });
}
