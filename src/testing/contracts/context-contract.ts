import { describe, expect, test } from 'vitest';
import { keptChanges } from '../../context/context.ts';
import { type OpenStore, refusal, StoreFixture } from './store-fixture.ts';

/** What every store that keeps contexts promises (guarantee G16). */
export function contextContract(open: OpenStore): void {
  describe('contexts', () => {
    const set = (value: Record<string, unknown>, ifVersion: number | 'any' = 'any') => ({
      namespace: 'ada',
      by: 'ada',
      ifVersion,
      value,
      change: 'set' as const,
    });

    test('are kept with their version, author and time', async () => {
      await using fixture = await StoreFixture.open(open);
      const { contexts } = fixture.store;
      expect(await contexts.get('ada')).toBeUndefined();
      const first = await contexts.write(set({ goal: 'ship' }, 0));
      expect(first).toEqual({
        namespace: 'ada',
        value: { goal: 'ship' },
        version: 1,
        updatedAt: fixture.clock.now(),
        updatedBy: 'ada',
      });
      expect(await contexts.get('ada')).toEqual(first);
      expect((await contexts.list()).map(({ namespace, version }) => [namespace, version])).toEqual([['ada', 1]]);
    });

    test('a writer that has not seen the latest version changes nothing and is told which it is', async () => {
      await using fixture = await StoreFixture.open(open);
      const { contexts } = fixture.store;
      await contexts.write(set({ n: 1 }, 0));
      await contexts.write(set({ n: 2 }, 1));
      for (const stale of [0, 1, 3]) {
        const error = await refusal(contexts.write(set({ n: 99 }, stale)), 'version_conflict');
        expect(error.details['version']).toBe(2);
      }
      expect((await contexts.get('ada'))?.value).toEqual({ n: 2 });
    });

    test('of sixteen writers of one version exactly one wins, whatever the order', async () => {
      await using fixture = await StoreFixture.open(open);
      const { contexts } = fixture.store;
      await contexts.write(set({ n: 0 }, 0));
      const tries = await Promise.allSettled(Array.from({ length: 16 }, (_, n) => contexts.write(set({ n }, 1))));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect((await contexts.get('ada'))?.version).toBe(2);
    });

    test('patches made at once lose no update', async () => {
      await using fixture = await StoreFixture.open(open);
      const { contexts } = fixture.store;
      const patch = (member: string) => ({
        ...set({}),
        change: 'patch' as const,
        value: (present: object) => ({ ...present, [member]: true }),
      });
      await Promise.all(Array.from({ length: 32 }, (_, index) => contexts.write(patch(`m${index}`))));
      expect(Object.keys((await contexts.get('ada'))?.value ?? {})).toHaveLength(32);
    });

    test('a version never comes back, not after a removal and not after the end of its time', async () => {
      await using fixture = await StoreFixture.open(open);
      const { contexts } = fixture.store;
      await contexts.write(set({ n: 1 }, 0));
      expect(await contexts.remove({ namespace: 'ada', by: 'bob', ifVersion: 1, reason: 'over' })).toBe(2);
      expect(await contexts.get('ada')).toBeUndefined();
      await refusal(contexts.write(set({ n: 2 }, 1)), 'version_conflict');
      expect((await contexts.write({ ...set({ n: 2 }, 0), ttlMs: 1_000 })).version).toBe(3);
      fixture.clock.advance(1_000);
      expect(await contexts.get('ada')).toBeUndefined();
      expect(await contexts.list()).toEqual([]);
      await refusal(contexts.write(set({ n: 3 }, 3)), 'version_conflict');
      expect((await contexts.write(set({ n: 3 }, 0))).version).toBe(5);
      expect((await contexts.history('ada', 50)).map(({ version, change, by }) => [version, change, by])).toEqual([
        [5, 'set', 'ada'],
        [4, 'expired', 'ada'],
        [3, 'set', 'ada'],
        [2, 'removed', 'bob'],
        [1, 'set', 'ada'],
      ]);
    });

    test('the history keeps the newest changes with their values and reasons', async () => {
      await using fixture = await StoreFixture.open(open);
      const { contexts } = fixture.store;
      for (let n = 0; n <= keptChanges; n += 1) await contexts.write({ ...set({ n }), reason: `step ${n}` });
      const changes = await contexts.history('ada', 1_000);
      expect(changes).toHaveLength(keptChanges);
      expect(changes[0]).toMatchObject({
        version: keptChanges + 1,
        value: { n: keptChanges },
        reason: `step ${keptChanges}`,
      });
    });

    test('a change that refuses itself leaves no trace', async () => {
      await using fixture = await StoreFixture.open(open);
      const { contexts, events } = fixture.store;
      await contexts.write(set({ n: 1 }, 0));
      const before = await events.last();
      const broken = {
        ...set({}),
        value: () => {
          throw new Error('too much');
        },
      };
      await expect(contexts.write(broken)).rejects.toThrow('too much');
      expect((await contexts.get('ada'))?.version).toBe(1);
      expect(await events.last()).toBe(before);
    });

    test('joins a transaction: undone with it', async () => {
      await using fixture = await StoreFixture.open(open);
      const undone = fixture.store.transaction(async (tx) => {
        await tx.contexts.write(set({ n: 1 }, 0));
        throw new Error('changed my mind');
      });
      await expect(undone).rejects.toThrow('changed my mind');
      expect(await fixture.store.contexts.get('ada')).toBeUndefined();
      expect(await fixture.store.contexts.history('ada', 10)).toEqual([]);
    });

    test('each change is an event', async () => {
      await using fixture = await StoreFixture.open(open);
      const before = await fixture.store.events.last();
      await fixture.store.contexts.write(set({ n: 1 }, 0));
      const [event] = await fixture.store.events.read(before, 10);
      expect(event).toMatchObject({
        type: 'context.changed',
        data: { namespace: 'ada', version: 1, change: 'set', by: 'ada' },
      });
    });

    test('only registered agents and shared topics have one', async () => {
      await using fixture = await StoreFixture.open(open);
      const { contexts } = fixture.store;
      await refusal(contexts.write({ ...set({}), namespace: 'nobody' }), 'not_found');
      await refusal(contexts.remove({ namespace: 'bob', by: 'bob', ifVersion: 'any' }), 'not_found');
      for (const namespace of ['shared', 'shared:release']) {
        expect((await contexts.write({ ...set({ ok: true }, 0), namespace })).version).toBe(1);
      }
    });
  });
}
