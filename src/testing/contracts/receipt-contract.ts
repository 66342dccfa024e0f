import { describe, expect, test } from 'vitest';
import { receiptOf } from '../../delivery/receipt.ts';
import { leaseMs, type OpenStore, refusal, StoreFixture } from './store-fixture.ts';

/** What every store that keeps receipts promises (guarantee G5). */
export function receiptContract(open: OpenStore): void {
  describe('receipts', () => {
    const receipt = async ({ store, messages }: StoreFixture, id: string) => {
      const message = await messages.get(id);
      if (message === undefined) throw new Error(`no message ${id}`);
      return receiptOf(message, await store.deliveries.record(id));
    };

    test('five states, each with its time: stored, injected, leased, seen, acked', async () => {
      await using fixture = await StoreFixture.open(open);
      const { store, clock, messages } = fixture;
      const id = await fixture.send();
      const storedAt = clock.now();
      expect(await receipt(fixture, id)).toEqual({ state: 'stored', agent: 'ada', storedAt });
      clock.advance(10);
      expect((await store.deliveries.begin('ada', 'exec', [id])).map((message) => message.id)).toEqual([id]);
      await store.deliveries.settle([id], { end: 'injected' });
      const injectedAt = clock.now();
      expect(await receipt(fixture, id)).toMatchObject({ state: 'injected', injectedAt, door: 'exec' });
      clock.advance(10);
      const leased = await fixture.leaseOne();
      expect(await receipt(fixture, id)).toMatchObject({ state: 'leased', leasedAt: clock.now(), injectedAt });
      clock.advance(10);
      expect(await store.deliveries.saw('ada', 'pull', [id], 'seen')).toBe(1);
      expect(await receipt(fixture, id)).toMatchObject({ state: 'seen', seenAt: clock.now(), injectedAt });
      clock.advance(10);
      await messages.ack(leased);
      expect(await receipt(fixture, id)).toMatchObject({ state: 'acked', storedAt, injectedAt, ackedAt: clock.now() });
    });

    test('what is being tried is not begun again; what was told or is uncertain is not told again by itself', async () => {
      await using fixture = await StoreFixture.open(open);
      const { deliveries } = fixture.store;
      const id = await fixture.send();
      await deliveries.begin('ada', 'tmux', [id]);
      expect(await deliveries.begin('ada', 'exec', [id])).toEqual([]);
      expect(await deliveries.pending('ada', 10)).toEqual([]);
      await deliveries.settle([id], { end: 'uncertain', why: 'the pane did not show it' });
      expect(await deliveries.begin('ada', 'tmux', [id])).toEqual([]);
      expect(await deliveries.pending('ada', 10)).toEqual([]);
      expect(await receipt(fixture, id)).toMatchObject({ state: 'uncertain', why: 'the pane did not show it' });
      const told = await fixture.send();
      await deliveries.begin('ada', 'tmux', [told]);
      await deliveries.settle([told], { end: 'injected' });
      expect(await deliveries.begin('ada', 'tmux', [told])).toEqual([]);
      expect(await deliveries.pending('ada', 10)).toEqual([]);
    });

    test('what was refused is told again, and so is what an operator releases', async () => {
      await using fixture = await StoreFixture.open(open);
      const { deliveries } = fixture.store;
      const id = await fixture.send();
      await refusal(deliveries.release(id), 'illegal_transition');
      await deliveries.begin('ada', 'exec', [id]);
      await refusal(deliveries.release(id), 'illegal_transition');
      await deliveries.settle([id], { end: 'refused', why: 'busy' });
      expect((await deliveries.pending('ada', 10)).map((message) => message.id)).toEqual([id]);
      expect(await deliveries.begin('ada', 'tmux', [id])).toHaveLength(1);
      await deliveries.settle([id], { end: 'uncertain', why: 'no echo' });
      await deliveries.release(id);
      expect(await deliveries.begin('ada', 'tmux', [id])).toHaveLength(1);
      expect(await deliveries.record(id)).toMatchObject({ tries: 3, state: 'trying', door: 'tmux' });
      await refusal(deliveries.release('msg_00000000-0000-7000-8000-000000000000'), 'not_found');
    });

    test('nothing is begun for what was taken, acked, cancelled, has expired, waits for later or is not its own', async () => {
      await using fixture = await StoreFixture.open(open);
      const { store, messages, clock } = fixture;
      const taken = await fixture.send();
      await fixture.leaseOne();
      const acked = await fixture.send({ inboxes: ['bob'] });
      await messages.ack(await fixture.leaseOne('bob'));
      const cancelled = await fixture.send();
      await messages.cancel(cancelled);
      const expired = await fixture.send({ ttlMs: 1_000 });
      clock.advance(1_000);
      const later = await fixture.send({ delayMs: 1_000 });
      const foreign = await fixture.send({ inboxes: ['cy'] });
      const good = await fixture.send();
      const ids = [taken, cancelled, expired, later, foreign, 'msg_00000000-0000-7000-8000-000000000000', good];
      expect((await store.deliveries.pending('ada', 10)).map((message) => message.id)).toEqual([good]);
      const begun = await store.deliveries.begin('ada', 'exec', ids);
      expect(begun.map((message) => message.id)).toEqual([good]);
      expect(await store.deliveries.begin('bob', 'exec', [acked])).toEqual([]);
    });

    test('a message that was taken and came back is told about anew', async () => {
      await using fixture = await StoreFixture.open(open);
      const { store, clock } = fixture;
      const id = await fixture.send();
      await store.deliveries.begin('ada', 'tmux', [id]);
      await store.deliveries.settle([id], { end: 'uncertain', why: 'no echo' });
      await fixture.leaseOne();
      expect(await receipt(fixture, id)).toMatchObject({ state: 'leased' });
      clock.advance(leaseMs + 60_000);
      await fixture.messages.advance();
      clock.advance(60_000);
      await fixture.messages.advance();
      expect((await store.deliveries.pending('ada', 10)).map((message) => message.id)).toEqual([id]);
      expect(await store.deliveries.begin('ada', 'tmux', [id])).toHaveLength(1);
    });

    test('what a hub was in the middle of when it ended is uncertain, unless it may be repeated', async () => {
      await using fixture = await StoreFixture.open(open);
      const { deliveries } = fixture.store;
      const typed = await fixture.send();
      const posted = await fixture.send();
      await deliveries.begin('ada', 'tmux', [typed]);
      await deliveries.begin('ada', 'webhook', [posted]);
      expect(await deliveries.recover(['webhook'])).toBe(1);
      expect(await deliveries.recover(['webhook'])).toBe(0);
      expect(await deliveries.record(typed)).toMatchObject({
        state: 'uncertain',
        why: expect.stringContaining('ended'),
      });
      expect((await deliveries.pending('ada', 10)).map((message) => message.id)).toEqual([posted]);
      await deliveries.settle([typed], { end: 'injected' }); // an answer that comes too late changes nothing
      expect(await deliveries.record(typed)).toMatchObject({ state: 'uncertain' });
      expect((await deliveries.records('ada', { limit: 9, state: 'uncertain' })).map((one) => one.messageId)).toEqual([
        typed,
      ]);
      expect(await deliveries.records('ada', { limit: 1 })).toMatchObject([{ messageId: posted, state: 'refused' }]);
    });

    test('an agent says only of its own mail that it saw it, and once is enough', async () => {
      await using fixture = await StoreFixture.open(open);
      const { deliveries, events } = fixture.store;
      const id = await fixture.send();
      const foreign = await fixture.send({ inboxes: ['cy'] });
      expect(await deliveries.saw('ada', 'hooks', [id, foreign, 'nonsense'], 'injected')).toBe(1);
      expect(await deliveries.saw('ada', 'hooks', [id], 'injected')).toBe(0);
      expect(await deliveries.saw('ada', 'hooks', [id], 'seen')).toBe(1);
      expect(await deliveries.saw('ada', 'hooks', [id], 'injected')).toBe(0);
      expect(await receipt(fixture, id)).toMatchObject({ state: 'seen', door: 'hooks' });
      expect(await deliveries.pending('ada', 10)).toEqual([]);
      const told = (await events.read(0, 100)).filter(({ type }) => type.startsWith('delivery.'));
      expect(told.map(({ type, messageId }) => [type, messageId])).toEqual([
        ['delivery.injected', id],
        ['delivery.seen', id],
      ]);
    });

    test('a receipt goes with its message, and the history tells its steps', async () => {
      await using fixture = await StoreFixture.open(open);
      const { store, messages } = fixture;
      const id = await fixture.send();
      await store.deliveries.begin('ada', 'exec', [id]);
      await store.deliveries.settle([id], { end: 'refused', why: 'busy' });
      const steps = await messages.history(id);
      expect(steps.map(({ type }) => type)).toEqual(['message.accepted', 'delivery.refused']);
      await messages.ack(await fixture.leaseOne());
      await store.retention.prune({ states: ['acked'], settledForMs: 0, after: 0, limit: 10, bytes: 1e6 });
      expect(await store.deliveries.record(id)).toBeUndefined();
      expect(await store.deliveries.records('ada', { limit: 9 })).toEqual([]);
    });

    test('doors are opened for registered agents, kept, closed, and gone with their agent', async () => {
      await using fixture = await StoreFixture.open(open);
      const { deliveries, agents } = fixture.store;
      await refusal(deliveries.openDoor({ agent: 'nobody', door: 'exec', settings: {} }), 'not_found');
      await deliveries.openDoor({ agent: 'ada', door: 'webhook', settings: { destination: 'a' } });
      await deliveries.openDoor({ agent: 'ada', door: 'webhook', settings: { destination: 'b' } });
      await deliveries.openDoor({ agent: 'bob', door: 'legacy-inbox', settings: { folder: '/x' } });
      expect(await deliveries.doors('ada')).toEqual([
        { agent: 'ada', door: 'webhook', settings: { destination: 'b' } },
      ]);
      expect(await deliveries.doors()).toHaveLength(2);
      expect(await deliveries.closeDoor('bob', 'exec')).toBe(false);
      expect(await deliveries.closeDoor('bob', 'legacy-inbox')).toBe(true);
      await agents.remove('ada', { cancelOpen: true });
      expect(await deliveries.doors()).toEqual([]);
    });
  });
}
