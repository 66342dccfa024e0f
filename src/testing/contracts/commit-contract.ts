import { describe, expect, test } from 'vitest';
import type { Commit } from '../../store/store.ts';
import { leaseMs, type OpenStore, refusal, requestOf, StoreFixture } from './store-fixture.ts';

export function commitContract(open: OpenStore): void {
  function listen(fixture: StoreFixture): Commit[] {
    const commits: Commit[] = [];
    fixture.store.onCommit((commit) => commits.push(commit));
    return commits;
  }
  function readyOf(commits: readonly Commit[]): Record<string, number> {
    const total: Record<string, number> = {};
    for (const { ready } of commits) for (const [inbox, count] of ready) total[inbox] = (total[inbox] ?? 0) + count;
    return total;
  }
  /** What listeners hear of `act`. */
  async function heard(commits: Commit[], act: () => Promise<unknown>): Promise<Record<string, number>> {
    commits.length = 0;
    await act();
    return readyOf(commits);
  }

  describe('telling of commits', () => {
    test('each commit names the inboxes that gained deliverable messages, with how many', async () => {
      await using fixture = await StoreFixture.open(open);
      const commits = listen(fixture);
      const batch = [requestOf(), requestOf({ inboxes: ['ada', 'cy'] })];
      expect(await heard(commits, () => fixture.messages.accept(batch))).toEqual({ ada: 2, cy: 1 });
      expect(await heard(commits, () => fixture.send({ delayMs: 1_000 }))).toEqual({});
      fixture.clock.advance(1_000);
      expect(await heard(commits, () => fixture.messages.advance())).toEqual({ ada: 1 });
      const leased = await fixture.leaseOne();
      expect(await heard(commits, () => fixture.messages.nack(leased, { delayMs: 0 }))).toEqual({ ada: 1 });
      await fixture.lease(1, 'cy');
      fixture.clock.advance(leaseMs);
      expect(await heard(commits, () => fixture.messages.advance())).toEqual({ cy: 1 });
    });

    test('settling a message that held up its ordering key wakes those who wait for the next', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendAll(['k1', 'k2', 'k3'], { orderingKey: 'k' });
      const commits = listen(fixture);
      const leased = await fixture.leaseOne();
      expect(await heard(commits, () => fixture.messages.ack(leased))).toEqual({ ada: 1 });
      const [next] = await fixture.messages.peek('ada', 1);
      expect(await heard(commits, () => fixture.messages.cancel(next?.id ?? ''))).toEqual({ ada: 1 });
    });

    test('a redrive makes messages deliverable too', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.sendDead();
      const commits = listen(fixture);
      expect(await heard(commits, () => fixture.messages.redrive({ ids: [id] }))).toEqual({ ada: 1 });
    });

    test('commits come in order, and only when something changed', async () => {
      await using fixture = await StoreFixture.open(open);
      const commits = listen(fixture);
      await fixture.messages.stats();
      await fixture.lease();
      await fixture.messages.advance();
      await refusal(fixture.messages.cancel('msg_none'), 'not_found');
      await refusal(fixture.messages.accept([requestOf(), requestOf({ inboxes: ['nobody'] })]), 'not_found');
      expect(commits).toEqual([]);
      expect(await heard(commits, () => fixture.send())).toEqual({ ada: 1 });
      await fixture.messages.ack(await fixture.leaseOne());
      const seqs = commits.map(({ lastSeq }) => lastSeq);
      expect(seqs.length).toBeGreaterThan(0);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      expect(seqs[seqs.length - 1]).toBe(await fixture.store.events.last());
    });

    test('says when there is something to do next', async () => {
      await using fixture = await StoreFixture.open(open);
      const commits = listen(fixture);
      const next = () => commits[commits.length - 1]?.nextDueInMs;
      await fixture.send();
      expect(next()).toBeUndefined();
      await fixture.send({ inboxes: ['cy'], delayMs: 5_000 });
      expect(next()).toBe(5_000);
      fixture.clock.advance(1_000);
      await fixture.leaseOne('ada', 2_000);
      expect(next()).toBe(2_000);
    });

    test('a listener that was removed hears nothing more', async () => {
      await using fixture = await StoreFixture.open(open);
      const heardSeqs: number[] = [];
      const remove = fixture.store.onCommit(({ lastSeq }) => heardSeqs.push(lastSeq));
      await fixture.send();
      remove();
      remove();
      await fixture.send();
      expect(heardSeqs).toHaveLength(1);
    });
  });

  describe('closing', () => {
    test('finishes what it was given, then refuses; twice is fine', async () => {
      await using fixture = await StoreFixture.open(open);
      const last = fixture.send();
      const closing = fixture.store.close();
      await expect(last).resolves.toMatch(/^msg_/);
      await closing;
      await fixture.store.close();
      expect(fixture.store.health().state).toBe('closed');
      await refusal(fixture.send(), 'draining');
      await refusal(fixture.messages.stats(), 'draining');
      await refusal(fixture.store.events.last(), 'draining');
      await refusal(fixture.store.agents.list(), 'draining');
      await refusal(
        fixture.store.transaction(() => Promise.resolve()),
        'draining',
      );
    });

    test('is heard by those who watch its health', async () => {
      await using fixture = await StoreFixture.open(open);
      expect(fixture.store.health().state).toBe('open');
      const states: string[] = [];
      const remove = fixture.store.onHealth(({ state }) => states.push(state));
      fixture.store.onHealth(({ state }) => states.push(`also ${state}`));
      remove();
      await fixture.store.close();
      expect(states).toEqual(['also closed']);
    });
  });
}
