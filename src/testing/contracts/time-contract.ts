import { describe, expect, test } from 'vitest';
import { leaseMs, type OpenStore, refusal, requestOf, StoreFixture } from './store-fixture.ts';

const twoDays = 48 * 3_600_000;

export function timeContract(open: OpenStore): void {
  describe('leases in time (G7, G10)', () => {
    test('a message whose lease ran out is deliverable at once, as the next attempt', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send();
      await fixture.leaseOne();
      fixture.clock.advance(leaseMs - 1);
      expect(await fixture.lease()).toEqual([]);
      fixture.clock.advance(1);
      expect(await fixture.leaseOne()).toMatchObject({ id, attempt: 2 });
    });

    test('a handler that never answers uses up the attempts', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send({ maxAttempts: 2 });
      for (const attempt of [1, 2]) {
        expect((await fixture.leaseOne()).attempt).toBe(attempt);
        fixture.clock.advance(leaseMs);
      }
      expect(await fixture.lease()).toEqual([]);
      expect(await fixture.get(id)).toMatchObject({ state: 'dead', attempt: 2 });
    });

    test.each([
      ['forward', twoDays],
      ['back', -twoDays],
    ])('a wall clock that jumps two days %s neither ends a lease nor keeps it', async (_, jump) => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send();
      const leased = await fixture.leaseOne();
      fixture.clock.jump(jump);
      await fixture.messages.advance();
      expect(await fixture.lease()).toEqual([]);
      fixture.clock.advance(leaseMs - 1);
      await fixture.messages.extend(leased, leaseMs);
      fixture.clock.jump(-2 * jump);
      fixture.clock.advance(leaseMs);
      await refusal(fixture.messages.ack(leased), 'lease_lost');
      expect(await fixture.leaseOne()).toMatchObject({ id, attempt: 2 });
    });

    test.each([
      ['forward', twoDays],
      ['back', -twoDays],
    ])('a wall clock that jumps two days %s moves no delay and no time to live', async (_, jump) => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body: 'delayed', delayMs: 10_000 });
      await fixture.send({ body: 'short', ttlMs: 5_000 });
      fixture.clock.jump(jump);
      expect((await fixture.messages.peek('ada', 5)).map(({ body }) => body)).toEqual(['short']);
      fixture.clock.advance(5_000);
      expect(await fixture.leaseBodies()).toEqual([]);
      fixture.clock.advance(5_000);
      expect(await fixture.leaseBodies()).toEqual(['delayed']);
    });

    test('createdAt is what the wall clock said', async () => {
      await using fixture = await StoreFixture.open(open);
      fixture.clock.jump(twoDays);
      expect((await fixture.get(await fixture.send())).createdAt).toBe(fixture.clock.now());
    });
  });

  describe('delays', () => {
    test('a delayed message waits, then takes its place by commit order', async () => {
      await using fixture = await StoreFixture.open(open);
      const { ids, state } = await fixture.accept({ body: 'delayed', delayMs: 1_000 });
      expect(state).toBe('scheduled');
      await fixture.send({ body: 'later' });
      expect(await fixture.messages.stats()).toMatchObject({ scheduled: 1, ready: 1 });
      fixture.clock.advance(1_000);
      expect(await fixture.messages.advance()).toMatchObject({ moved: 1 });
      expect(await fixture.stateOf(ids[0] ?? '')).toBe('ready');
      expect(await fixture.leaseBodies()).toEqual(['delayed', 'later']);
    });

    test('what fell due stays so when the call that noticed it is refused', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ delayMs: 1_000 });
      fixture.clock.advance(1_000);
      await expect(fixture.messages.lease({ inbox: 'ghost', limit: 1, leaseMs: 1_000 })).rejects.toMatchObject({
        code: 'not_found',
      });
      expect((await fixture.messages.peek('ada', 1)).length).toBe(1);
      expect(await fixture.messages.stats()).toMatchObject({ ready: 1, scheduled: 0 });
    });

    test('advance does nothing when nothing is due, however often it is called', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ delayMs: 1_000 });
      const before = await fixture.store.events.last();
      expect(await fixture.messages.advance()).toMatchObject({ moved: 0 });
      fixture.clock.advance(1_000);
      await fixture.messages.advance();
      expect(await fixture.messages.advance()).toMatchObject({ moved: 0 });
      expect(await fixture.store.events.last()).toBeGreaterThan(before);
    });
  });

  describe('time to live', () => {
    test('a message nobody took in time expires, scheduled or ready', async () => {
      await using fixture = await StoreFixture.open(open);
      const ready = await fixture.send({ ttlMs: 1_000 });
      const scheduled = await fixture.send({ ttlMs: 1_000, delayMs: 500 });
      const late = await fixture.send({ ttlMs: 1_000, delayMs: 5_000 });
      fixture.clock.advance(1_000);
      expect(await fixture.lease(10)).toEqual([]);
      for (const id of [ready, scheduled, late]) {
        expect(await fixture.get(id)).toMatchObject({ state: 'expired', settledAt: fixture.clock.now() });
      }
    });

    test('a leased message is left to its lease: acked in time it is done', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send({ ttlMs: 1_000 });
      const leased = await fixture.leaseOne();
      fixture.clock.advance(2_000);
      await fixture.messages.advance();
      expect(await fixture.stateOf(id)).toBe('leased');
      await fixture.messages.ack(leased);
      expect(await fixture.stateOf(id)).toBe('acked');
    });

    test('a leased message past its time expires when its lease fails', async () => {
      await using fixture = await StoreFixture.open(open);
      const nacked = await fixture.send({ ttlMs: 1_000 });
      const abandoned = await fixture.send({ ttlMs: 1_000 });
      const [leased] = await fixture.lease(2);
      fixture.clock.advance(2_000);
      if (leased !== undefined) {
        expect(await fixture.messages.nack(leased, { delayMs: 0 })).toMatchObject({ state: 'expired' });
      }
      fixture.clock.advance(leaseMs);
      await fixture.messages.advance();
      expect([await fixture.stateOf(nacked), await fixture.stateOf(abandoned)]).toEqual(['expired', 'expired']);
    });

    test('not one expired message is delivered, however many expire at once', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.messages.accept(Array.from({ length: 1_200 }, () => requestOf({ ttlMs: 1_000 })));
      fixture.clock.advance(1_000);
      expect(await fixture.lease(10)).toEqual([]);
      while ((await fixture.messages.advance()).moved > 0);
      expect(await fixture.messages.stats()).toMatchObject({ expired: 1_200, ready: 0 });
    });
  });

  describe('an ack that is overdue', () => {
    const overdue = async (fixture: StoreFixture) =>
      (await fixture.store.events.read(0, 1_000)).filter(({ type }) => type === 'message.overdue');

    test('is told once, and changes nothing about the message', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send({ ackByAt: fixture.clock.now() + 1_000 });
      const leased = await fixture.leaseOne();
      await fixture.messages.advance();
      expect(await overdue(fixture)).toEqual([]);
      fixture.clock.advance(1_000);
      await fixture.messages.advance();
      fixture.clock.advance(1_000);
      await fixture.messages.advance();
      expect(await overdue(fixture)).toMatchObject([{ messageId: id, inbox: 'ada' }]);
      await fixture.messages.ack(leased);
    });

    test('is told once even of a message that comes back after it', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ ackByAt: fixture.clock.now() + 1_000 });
      await fixture.leaseOne();
      fixture.clock.advance(1_000);
      await fixture.messages.advance();
      fixture.clock.advance(leaseMs);
      await fixture.messages.advance();
      await fixture.messages.nack(await fixture.leaseOne(), { delayMs: 1_000 });
      fixture.clock.advance(1_000);
      await fixture.messages.advance();
      expect(await overdue(fixture)).toHaveLength(1);
    });

    test('is not told of a message that expires at the same time', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ ttlMs: 1_000, ackByAt: fixture.clock.now() + 1_000 });
      fixture.clock.advance(1_000);
      await fixture.messages.advance();
      expect(await overdue(fixture)).toEqual([]);
    });

    test('and a time to live that passed while a message was dead count when it is redriven', async () => {
      await using fixture = await StoreFixture.open(open);
      const ids = [
        await fixture.sendDead({ ackByAt: fixture.clock.now() + 1_000 }),
        await fixture.sendDead({ ttlMs: 1_000 }),
      ];
      fixture.clock.advance(1_000);
      await fixture.messages.advance();
      expect(await overdue(fixture)).toEqual([]);
      await fixture.messages.redrive({ ids });
      expect(await fixture.lease(10)).toMatchObject([{ id: ids[0] }]);
      expect(await overdue(fixture)).toMatchObject([{ messageId: ids[0] }]);
      expect(await fixture.stateOf(ids[1] ?? '')).toBe('expired');
    });

    test('is not told of a message that was settled in time', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ ackByAt: fixture.clock.now() + 1_000 });
      await fixture.messages.ack(await fixture.leaseOne());
      fixture.clock.advance(5_000);
      await fixture.messages.advance();
      expect(await overdue(fixture)).toEqual([]);
    });
  });
}
