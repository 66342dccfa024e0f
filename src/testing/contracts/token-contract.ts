import { describe, expect, test } from 'vitest';
import { type OpenStore, refusal, StoreFixture } from './store-fixture.ts';

export function tokenContract(open: OpenStore): void {
  describe('tokens', () => {
    const mint = { agent: 'ada', role: 'agent', hash: 'aa' } as const;

    test('one per agent: each mint is another incarnation and replaces the former', async () => {
      await using fixture = await StoreFixture.open(open);
      const { tokens } = fixture.store;
      const issuedAt = fixture.clock.now();
      expect(await tokens.mint(mint)).toEqual({ ...mint, incarnation: 1, issuedAt });
      await tokens.mint({ agent: 'bob', role: 'observer', hash: 'bb' });
      const second = await tokens.mint({ agent: 'ada', role: 'lead', hash: 'cc', expiresAt: issuedAt + 60_000 });
      expect(second).toEqual({
        agent: 'ada',
        role: 'lead',
        hash: 'cc',
        incarnation: 2,
        issuedAt,
        expiresAt: issuedAt + 60_000,
      });
      expect((await tokens.list()).map(({ agent, hash }) => [agent, hash])).toEqual([
        ['ada', 'cc'],
        ['bob', 'bb'],
      ]);
      await refusal(tokens.mint({ ...mint, agent: 'nobody' }), 'not_found');
    });

    test('a revoked one stays known with its first end; the next mint goes on counting', async () => {
      await using fixture = await StoreFixture.open(open);
      const { tokens } = fixture.store;
      await refusal(tokens.revoke('ada'), 'not_found');
      await tokens.mint(mint);
      const revoked = await tokens.revoke('ada');
      expect(revoked.revokedAt).toBe(fixture.clock.now());
      fixture.clock.advance(1_000);
      expect(await tokens.revoke('ada')).toEqual(revoked);
      expect(await tokens.list()).toEqual([revoked]);
      const next = await tokens.mint(mint);
      expect(next.incarnation).toBe(2);
      expect(next).not.toHaveProperty('revokedAt');
    });

    test('removing an agent ends its token for whoever is added under its id later', async () => {
      await using fixture = await StoreFixture.open(open);
      const { agents, tokens } = fixture.store;
      await tokens.mint(mint);
      await agents.remove('ada', { cancelOpen: true });
      await agents.add({ id: 'ada', skills: [] });
      expect(await tokens.list()).toMatchObject([{ agent: 'ada', incarnation: 1, revokedAt: fixture.clock.now() }]);
      expect((await tokens.mint(mint)).incarnation).toBe(2);
    });

    test('an undone mint, revoke or removal leaves the token as it was', async () => {
      await using fixture = await StoreFixture.open(open);
      const { tokens } = fixture.store;
      const undone = (body: Parameters<typeof fixture.store.transaction>[0]) =>
        expect(
          fixture.store.transaction(async (tx) => {
            await body(tx);
            throw new Error('undo');
          }),
        ).rejects.toThrow('undo');
      await undone((tx) => tx.tokens.mint(mint));
      expect(await tokens.list()).toEqual([]);
      const token = await tokens.mint(mint);
      await undone((tx) => tx.tokens.revoke('ada'));
      await undone((tx) => tx.agents.remove('ada', { cancelOpen: true }));
      await undone((tx) => tx.tokens.mint({ ...mint, hash: 'bb' }));
      expect(await tokens.list()).toEqual([token]);
    });

    test('are told as events, without their hash', async () => {
      await using fixture = await StoreFixture.open(open);
      const { events, tokens } = fixture.store;
      const before = await events.last();
      await tokens.mint(mint);
      await tokens.revoke('ada');
      await tokens.revoke('ada');
      const told = await events.read(before, 10);
      expect(told.map(({ type, agent, data }) => ({ type, agent, data }))).toEqual([
        { type: 'agent.token-minted', agent: 'ada', data: { incarnation: 1, role: 'agent' } },
        { type: 'agent.token-revoked', agent: 'ada', data: { incarnation: 1 } },
      ]);
    });
  });
}
