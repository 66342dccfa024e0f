import { describe, expect, test } from 'vitest';
import type { BriefSection } from '../../context/brief-section.ts';
import { defaultLimits } from '../../message/limits.ts';
import { mostHops } from '../../mission/hand-off.ts';
import { HandOffs, type OfferRequest } from '../../mission/hand-offs.ts';
import { Missions } from '../../mission/missions.ts';
import { firstId, type OpenStore, refusal, requestOf, StoreFixture } from './store-fixture.ts';

const hourMs = 3_600_000;
const notes: BriefSection = {
  title: 'Notes',
  order: 1,
  share: 1,
  items: async (agent) => [{ text: `${agent} chose sqlite` }],
};

/** What every store that keeps missions promises of a hand-off (guarantee G20). */
export function handOffContract(open: OpenStore): void {
  describe('hand-offs', () => {
    async function begin() {
      const fixture = await StoreFixture.open(open);
      const { store } = fixture;
      const missions = new Missions(store);
      const handOffs = new HandOffs({ store, limits: defaultLimits, sections: [notes], boundary: () => 'mark' });
      const mission = await missions.add({
        id: 'parser',
        owner: 'ada',
        done: 1,
        of: 3,
        units: ['a', 'b', 'c'].map(undone),
      });
      const offer = (more: Partial<OfferRequest> = {}) =>
        handOffs.offer({ mission: 'parser', to: 'bob', ttlMs: hourMs, briefTokens: 500, approved: false, ...more });
      const owner = async () => (await store.missions.get('parser'))?.owner;
      return {
        fixture,
        store,
        missions,
        handOffs,
        mission,
        offer,
        owner,
        [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
      };
    }

    test('an offer is a message with a brief, and changes no owner', async () => {
      await using at = await begin();
      const handOff = await at.offer({ note: 'mind the tests', via: 'operator' });
      expect(handOff).toMatchObject({
        mission: 'parser',
        from: 'ada',
        to: 'bob',
        state: 'offered',
        note: 'mind the tests',
      });
      expect(handOff.epoch).toBe(at.mission.epoch);
      const message = await at.fixture.leaseOne('bob');
      expect(message).toMatchObject({
        id: handOff.id,
        kind: 'hand-off',
        from: 'ada',
        via: 'operator',
        priority: 'high',
      });
      for (const text of ['parser', '1 of 3', 'Next: b; c', 'mind the tests', 'ada chose sqlite'])
        expect(message.body).toContain(text);
      expect(await at.owner()).toBe('ada');
      expect(await at.handOffs.get(handOff.id)).toEqual(handOff);
    });

    test('acceptance moves the mission and every message its owner held, and fences the former holder', async () => {
      await using at = await begin();
      const { fixture, handOffs, offer } = at;
      await fixture.sendAll(['held', 'held too', 'waiting']);
      const [held, heldToo] = await fixture.lease(2);
      if (held === undefined || heldToo === undefined) throw new Error('two were sent');
      const { id } = await offer();
      const accepted = await handOffs.accept(id, 'bob');
      expect(await at.owner()).toBe('bob');
      expect(accepted).toMatchObject({ state: 'accepted', leases: [{ id: held.id }, { id: heldToo.id }] });
      expect(accepted.nextEpoch).toBe((await at.store.missions.get('parser'))?.epoch);
      const [moved, movedToo] = accepted.leases;
      if (moved === undefined || movedToo === undefined) throw new Error('two were held');
      expect(moved.gen).toBeGreaterThan(held.gen);
      await refusal(fixture.messages.ack(held), 'lease_lost');
      await refusal(fixture.messages.extend(held, 1_000), 'lease_lost');
      await refusal(fixture.messages.nack(heldToo, {}), 'lease_lost');
      expect(await fixture.get(held.id)).toMatchObject({
        state: 'leased',
        inbox: 'bob',
        body: 'held',
        gen: moved.gen,
        attempt: 1,
      });
      await fixture.messages.ack(moved);
      expect(await fixture.stateOf(held.id)).toBe('acked');
      // What is not settled in time comes back to the new owner, not to the former one.
      fixture.clock.advance(defaultLimits.leaseMs);
      expect((await fixture.lease(10, 'bob')).map((message) => message.id)).toContain(heldToo.id);
      expect(await fixture.leaseBodies(10, 'ada')).not.toContain('held too');
    });

    test('both are told, once', async () => {
      await using at = await begin();
      const { id } = await at.offer();
      await at.handOffs.accept(id, 'bob');
      await at.handOffs.accept(id, 'bob');
      const told = await at.fixture.lease(10, 'ada');
      expect(told).toMatchObject([{ kind: 'notice', subject: 'Hand-off accepted: parser' }]);
      expect(told[0]?.body).toContain('Stop working on it');
    });

    test('accepting twice answers the same, even when the mission has gone on since', async () => {
      await using at = await begin();
      await at.fixture.send();
      await at.fixture.leaseOne();
      const { id } = await at.offer();
      const first = await at.handOffs.accept(id, 'bob');
      expect(await at.handOffs.accept(id, 'bob')).toEqual(first);
      const { id: next } = await at.offer({ to: 'cy' });
      await at.handOffs.accept(next, 'cy');
      expect(await at.handOffs.accept(id, 'bob')).toEqual(first);
      expect(await at.owner()).toBe('cy');
    });

    test('of many who accept and withdraw at once exactly one decides', async () => {
      await using at = await begin();
      const { id } = await at.offer();
      const { handOffs } = at;
      const tries = await Promise.allSettled([
        handOffs.withdraw(id, 'ada'),
        handOffs.accept(id, 'bob'),
        handOffs.decline(id, 'bob'),
        handOffs.accept(id, 'bob'),
        handOffs.withdraw(id, 'operator'),
      ]);
      const { state } = await handOffs.get(id);
      const wanted = { accepted: 'bob', declined: 'ada', withdrawn: 'ada' } as Record<string, string>;
      expect(await at.owner()).toBe(wanted[state]);
      for (const tried of tries) if (tried.status === 'fulfilled') expect(tried.value.state).toBe(state);
    });

    test('only the owner offers, only the addressee answers, and nothing is left of what is refused', async () => {
      await using at = await begin();
      const { handOffs, offer, store } = at;
      const before = await store.events.last();
      await refusal(offer({ from: 'bob' }), 'forbidden');
      await refusal(offer({ to: 'ada' }), 'invalid_input');
      await refusal(offer({ to: 'nobody' }), 'not_found');
      await refusal(offer({ mission: 'none' }), 'not_found');
      await refusal(handOffs.accept('msg_00000000-0000-7000-8000-000000000000', 'bob'), 'not_found');
      expect(await store.events.last()).toBe(before);
      const { id } = await offer();
      await refusal(offer({ to: 'cy' }), 'illegal_transition');
      await refusal(handOffs.accept(id, 'cy'), 'forbidden');
      await refusal(handOffs.decline(id, 'ada'), 'forbidden');
      await refusal(handOffs.withdraw(id, 'bob'), 'forbidden');
      expect((await handOffs.get(id)).state).toBe('offered');
      await at.missions.drop('parser', 'operator');
      await refusal(handOffs.accept(id, 'bob'), 'illegal_transition');
      await refusal(offer(), 'illegal_transition');
      expect(await at.owner()).toBe('ada');
    });

    test('declined or withdrawn, it stays with its owner, and the other side hears of it', async () => {
      await using at = await begin();
      const { handOffs, offer, fixture } = at;
      const { id } = await offer();
      const declined = await handOffs.decline(id, 'bob', 'busy');
      expect(declined).toMatchObject({ state: 'declined', reason: 'busy' });
      expect(await handOffs.decline(id, 'bob')).toEqual(declined);
      await refusal(handOffs.accept(id, 'bob'), 'illegal_transition');
      expect((await fixture.leaseOne('ada')).body).toContain('bob declines mission parser: busy');
      await fixture.messages.ack(await fixture.leaseOne('bob'));

      const unread = await offer();
      const withdrawn = await handOffs.withdraw(unread.id, 'ada');
      expect(await handOffs.withdraw(unread.id, 'ada')).toEqual(withdrawn);
      expect(await fixture.stateOf(unread.id)).toBe('cancelled');
      const read = await offer();
      await fixture.leaseOne('bob');
      await handOffs.withdraw(read.id, 'operator', 'plans changed');
      expect((await fixture.leaseOne('bob')).body).toContain('withdrawn the offer of mission parser: plans changed');
      await refusal(handOffs.accept(read.id, 'bob'), 'illegal_transition');
      expect((await handOffs.list({ agent: 'bob' }, 10)).map(({ state }) => state)).toEqual([
        'withdrawn',
        'withdrawn',
        'declined',
      ]);
      expect(await handOffs.list({ state: 'offered' }, 10)).toEqual([]);
    });

    test('an offer runs out on time: not before, and for good', async () => {
      await using at = await begin();
      const { handOffs, offer, fixture } = at;
      const { id } = await offer();
      expect(await handOffs.expire()).toBe(hourMs);
      fixture.clock.advance(hourMs - 1);
      expect(await handOffs.expire()).toBe(1);
      expect((await handOffs.get(id)).state).toBe('offered');
      fixture.clock.advance(1);
      await refusal(handOffs.accept(id, 'bob'), 'illegal_transition');
      expect(await handOffs.expire()).toBeUndefined();
      expect((await handOffs.get(id)).state).toBe('expired');
      expect((await fixture.leaseOne('ada')).body).toContain('has run out');
      expect(await fixture.lease(10, 'bob')).toEqual([]);
      expect(await at.owner()).toBe('ada');
      expect((await offer()).state).toBe('offered');
    });

    test('a circle and a long chain need somebody to have looked', async () => {
      await using at = await begin();
      const { handOffs, offer, store } = at;
      await handOffs.accept((await offer()).id, 'bob');
      await refusal(offer({ to: 'ada' }), 'forbidden');
      await handOffs.accept((await offer({ to: 'ada', approved: true })).id, 'ada');
      for (let hop = 2; hop < mostHops; hop += 1) {
        const id = `hop-${hop}`;
        await store.agents.add({ id, skills: [] });
        await handOffs.accept((await offer({ to: id })).id, id);
      }
      await refusal(offer({ to: 'cy' }), 'forbidden');
      expect((await offer({ to: 'cy', approved: true })).state).toBe('offered');
    });

    test('a moved message takes a place in its new inbox, leaves none open behind it, and keeps its ordering', async () => {
      await using at = await begin();
      const { fixture, store } = at;
      await fixture.send({ orderingKey: 'k', body: 'first' });
      await fixture.send({ orderingKey: 'k', body: 'second' });
      const first = await fixture.leaseOne();
      await at.handOffs.accept((await at.offer()).id, 'bob');
      expect(await fixture.get(first.id)).toMatchObject({ inbox: 'bob', inboxSeq: 2 });
      // The next of its key no longer waits for one that is elsewhere.
      expect(await fixture.leaseBodies(10, 'ada')).toContain('second');
      const { accepted } = await store.messages.stats();
      expect(accepted).toBe(4);
      expect(await store.messages.inboxStats('ada')).toMatchObject({ accepted: 2 });
      const moved = (await store.events.read(0, 100)).find(({ type }) => type === 'message.moved');
      expect(moved).toMatchObject({
        inbox: 'ada',
        messageId: first.id,
        data: { inboxSeq: 1, to: 'bob', toInboxSeq: 2, gen: first.gen },
      });
      expect((await fixture.messages.verify()).problems).toEqual([]);
      expect((await fixture.leaseBodies(10, 'ada')).length).toBe(0);
      expect((await fixture.send({ body: 'third' })).length).toBeGreaterThan(0);
      expect((await fixture.leaseOne('ada')).inboxSeq).toBe(4);
    });

    test('a copy of one broadcast meets the other, and its key stays known', async () => {
      await using at = await begin();
      const { fixture } = at;
      const broadcast = requestOf({ inboxes: ['ada', 'bob'], idempotencyKey: 'once', contentHash: 'h' });
      const [receipt] = await fixture.messages.accept([broadcast]);
      await fixture.leaseOne('ada');
      const { leases } = await at.handOffs.accept((await at.offer()).id, 'bob');
      expect(leases).toHaveLength(1);
      const [again] = await fixture.messages.accept([broadcast]);
      expect(again).toMatchObject({ duplicate: true, ids: receipt?.ids });
      expect(firstId(again)).toBe(firstId(receipt));
    });

    test('a lease that ran out does not move, and neither does another agent’s', async () => {
      await using at = await begin();
      const { fixture, store } = at;
      const id = await fixture.send();
      await fixture.leaseOne('ada', 1_000);
      await fixture.send({ inboxes: ['cy'] });
      const other = await fixture.leaseOne('cy', 10 * hourMs);
      const { id: offered } = await at.offer();
      fixture.clock.advance(1_000);
      expect((await at.handOffs.accept(offered, 'bob')).leases).toEqual([]);
      expect((await fixture.get(id)).inbox).toBe('ada');
      await fixture.messages.ack(other);
      await refusal(store.handOffs.moveLeases({ from: 'ada', to: 'nobody', leaseMs: 1 }), 'not_found');
    });

    test('named leases alone move', async () => {
      await using at = await begin();
      const { fixture, store } = at;
      await fixture.sendAll(['one', 'two']);
      const [one, two] = await fixture.lease(2);
      const moved = await store.handOffs.moveLeases({
        from: 'ada',
        to: 'bob',
        leaseMs: 1_000,
        ids: [two?.id ?? '', 'msg_x'],
      });
      expect(moved).toMatchObject([{ id: two?.id }]);
      if (one !== undefined) await fixture.messages.ack(one);
      await refusal(store.handOffs.settle(one?.id ?? ('' as never), { state: 'expired', by: 'hub' }), 'not_found');
    });
  });
}

const undone = (name: string) => ({ name, done: false });
