import { describe, expect, test } from 'vitest';
import type { LeasedMessage } from '../../message/message.ts';
import { leaseMs, type OpenStore, refusal, StoreFixture } from './store-fixture.ts';

export function deliveryContract(open: OpenStore): void {
  describe('delivering (G4, G6)', () => {
    test('a leased message belongs to its consumer for the time of the lease', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send();
      const leased = await fixture.leaseOne();
      expect(leased).toMatchObject({ id, state: 'leased', attempt: 1 });
      expect(leased.gen).toBeGreaterThan(0);
      expect(leased.leaseExpiresAt).toBe(leased.leasedAt + leaseMs);
      expect(await fixture.get(id)).toEqual(leased);
      expect(await fixture.lease()).toEqual([]);
    });

    test('an acked message is never delivered again', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send();
      await fixture.messages.ack(await fixture.leaseOne());
      fixture.clock.advance(10 * leaseMs);
      expect(await fixture.lease()).toEqual([]);
      const acked = await fixture.get(id);
      expect(acked).toMatchObject({ state: 'acked', attempt: 1 });
      expect(acked.settledAt).toBeDefined();
      expect(acked.leaseExpiresAt).toBeUndefined();
    });

    test('leases no more than asked for', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendAll(['a', 'b', 'c']);
      expect(await fixture.leaseBodies(2)).toEqual(['a', 'b']);
      expect(await fixture.leaseBodies(2)).toEqual(['c']);
    });

    test('an unknown inbox is not an empty one', async () => {
      await using fixture = await StoreFixture.open(open);
      await refusal(fixture.lease(1, 'nobody'), 'not_found');
      await refusal(fixture.messages.peek('nobody', 1), 'not_found');
    });

    test('peek shows what a lease would hand out, and changes nothing', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendAll(['a', 'b']);
      await fixture.send({ body: 'now!', priority: 'urgent' });
      await fixture.sendAll(['k1', 'k2'], { orderingKey: 'k' });
      const peeked = await fixture.messages.peek('ada', 10);
      expect(peeked.map(({ body, attempt, state }) => [body, attempt, state])).toEqual([
        ['now!', 0, 'ready'],
        ['a', 0, 'ready'],
        ['b', 0, 'ready'],
        ['k1', 0, 'ready'],
      ]);
      expect((await fixture.messages.peek('ada', 2)).length).toBe(2);
      expect(await fixture.leaseBodies()).toEqual(peeked.map(({ body }) => body));
    });

    test('a redelivery carries the same id, a higher generation and a higher attempt', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send();
      const first = await fixture.leaseOne();
      await fixture.messages.nack(first, { delayMs: 0 });
      const second = await fixture.leaseOne();
      expect(second.id).toBe(first.id);
      expect(second.attempt).toBe(2);
      expect(second.gen).toBeGreaterThan(first.gen);
    });

    test('nack without a delay of its own waits for the backoff', async () => {
      await using fixture = await StoreFixture.open(open, { backoff: { minMs: 1_000, maxMs: 8_000 } });
      const id = await fixture.send();
      const now = fixture.clock.now();
      const { state, readyAt } = await fixture.messages.nack(await fixture.leaseOne(), { reason: 'later' });
      expect(state).toBe('scheduled');
      expect(readyAt).toBeGreaterThanOrEqual(now + 1_000);
      expect(readyAt).toBeLessThanOrEqual(now + 2_000);
      expect(await fixture.get(id)).toMatchObject({ state: 'scheduled', readyAt });
      expect(await fixture.lease()).toEqual([]);
      fixture.clock.advance(readyAt - now);
      expect((await fixture.leaseOne()).attempt).toBe(2);
    });

    test('extend moves the end of the lease, seen from now', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send();
      const leased = await fixture.leaseOne();
      fixture.clock.advance(leaseMs - 1);
      const { leaseExpiresAt } = await fixture.messages.extend(leased, leaseMs);
      expect(leaseExpiresAt).toBe(leased.leaseExpiresAt + leaseMs - 1);
      fixture.clock.advance(leaseMs - 1);
      expect(await fixture.lease()).toEqual([]);
      expect(await fixture.stateOf(id)).toBe('leased');
      await fixture.messages.ack(leased);
    });
  });

  describe('a consumer whose lease is lost changes nothing (G6)', () => {
    /** Every way a lease gets lost, from the view of the consumer that still believes in it. */
    const losses: [string, (fixture: StoreFixture, leased: LeasedMessage) => Promise<void> | void][] = [
      ['its lease expired', (fixture) => fixture.clock.advance(leaseMs)],
      [
        'its lease expired and the message was rescued',
        async (fixture) => {
          fixture.clock.advance(leaseMs);
          await fixture.messages.advance();
        },
      ],
      [
        'another consumer leased it meanwhile',
        async (fixture) => {
          fixture.clock.advance(leaseMs);
          await fixture.leaseOne();
        },
      ],
      [
        'another consumer acked it meanwhile',
        async (fixture) => {
          fixture.clock.advance(leaseMs);
          await fixture.messages.ack(await fixture.leaseOne());
        },
      ],
      ['it acked before', (fixture, leased) => fixture.messages.ack(leased)],
      ['it nacked before', async (fixture, leased) => void (await fixture.messages.nack(leased, {}))],
      ['the message was cancelled', (fixture, leased) => fixture.messages.cancel(leased.id)],
    ];

    test.each(losses)('because %s', async (_, lose) => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send();
      const leased = await fixture.leaseOne();
      await lose(fixture, leased);
      const before = await fixture.get(id);
      const error = await refusal(fixture.messages.ack(leased), 'lease_lost');
      expect(error.message).toContain(id);
      await refusal(fixture.messages.nack(leased, { reason: 'zombie', terminal: true }), 'lease_lost');
      await refusal(fixture.messages.extend(leased, leaseMs), 'lease_lost');
      expect(await fixture.get(id)).toEqual(before);
    });

    test('because its generation was never given out', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send();
      await refusal(fixture.messages.ack({ id, gen: 0 }), 'lease_lost');
      const leased = await fixture.leaseOne();
      for (const gen of [leased.gen - 1, leased.gen + 1, 0]) {
        await refusal(fixture.messages.ack({ id, gen }), 'lease_lost');
      }
      await fixture.messages.ack(leased);
    });
  });

  describe('cancelling', () => {
    test('takes back a ready, a scheduled, a leased and a quarantined message', async () => {
      await using fixture = await StoreFixture.open(open);
      const leased = await fixture.send();
      await fixture.leaseOne();
      const ids = [
        leased,
        await fixture.send(),
        await fixture.send({ delayMs: 1_000 }),
        await fixture.send({ state: 'quarantined' }),
      ];
      for (const id of ids) {
        await fixture.messages.cancel(id);
        expect(await fixture.get(id)).toMatchObject({ state: 'cancelled', settledAt: fixture.clock.now() });
      }
      fixture.clock.advance(10 * leaseMs);
      expect(await fixture.lease(10)).toEqual([]);
    });

    test('is refused once the message reached its end', async () => {
      await using fixture = await StoreFixture.open(open);
      const dead = await fixture.sendDead();
      const acked = await fixture.send();
      await fixture.messages.ack(await fixture.leaseOne());
      const cancelled = await fixture.send();
      await fixture.messages.cancel(cancelled);
      for (const id of [dead, acked, cancelled]) await refusal(fixture.messages.cancel(id), 'illegal_transition');
    });
  });
}
