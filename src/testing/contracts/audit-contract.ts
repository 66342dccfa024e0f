import { describe, expect, test } from 'vitest';
import { type AuditFacts, auditHash, chainStart } from '../../audit/audit-entry.ts';
import { type OpenStore, StoreFixture } from './store-fixture.ts';

const refused: AuditFacts = {
  actor: 'ada',
  role: 'agent',
  incarnation: 2,
  action: 'message.peek',
  subject: 'bob',
  outcome: 'refused',
  count: 3,
  detail: 'forbidden',
};
const done: AuditFacts = { actor: 'operator', role: 'operator', action: 'hub.stop', outcome: 'done', count: 1 };

export function auditContract(open: OpenStore): void {
  describe('the audit log', () => {
    test('numbers its rows without gaps and chains each to the one before', async () => {
      await using fixture = await StoreFixture.open(open);
      const { audit } = fixture.store;
      const first = await audit.append(refused);
      fixture.clock.advance(1_000);
      const second = await audit.append(done);
      const at = fixture.clock.now();
      const { hash: _first, ...firstFacts } = first;
      expect(firstFacts).toEqual({ ...refused, seq: 1, at: at - 1_000 });
      expect(first.hash).toBe(auditHash(chainStart, firstFacts));
      expect(second).toEqual({ ...done, seq: 2, at, hash: auditHash(first.hash, { ...done, seq: 2, at }) });
      expect(await audit.read(0, 10)).toEqual([first, second]);
      expect(await audit.read(1, 10)).toEqual([second]);
      expect(await audit.read(0, 1)).toEqual([first]);
    });

    test('is listed newest first, by page, actor and outcome', async () => {
      await using fixture = await StoreFixture.open(open);
      const { audit } = fixture.store;
      expect(await audit.list({ limit: 10 })).toEqual([]);
      for (const facts of [refused, done, refused, done]) await audit.append(facts);
      const seqs = async (page: Parameters<typeof audit.list>[0]) => (await audit.list(page)).map(({ seq }) => seq);
      expect(await seqs({ limit: 3 })).toEqual([4, 3, 2]);
      expect(await seqs({ limit: 3, before: 2 })).toEqual([1]);
      expect(await seqs({ limit: 9, actor: 'ada' })).toEqual([3, 1]);
      expect(await seqs({ limit: 9, outcome: 'done', before: 4 })).toEqual([2]);
      expect(await seqs({ limit: 9, actor: 'ada', outcome: 'done' })).toEqual([]);
    });

    test('an undone row leaves no gap', async () => {
      await using fixture = await StoreFixture.open(open);
      const { store } = fixture;
      await store.audit.append(done);
      await expect(
        store.transaction(async (tx) => {
          await tx.audit.append(refused);
          throw new Error('undo');
        }),
      ).rejects.toThrow('undo');
      const next = await store.audit.append(refused);
      expect(next.seq).toBe(2);
      expect((await store.audit.read(0, 10)).map(({ seq }) => seq)).toEqual([1, 2]);
    });
  });
}
