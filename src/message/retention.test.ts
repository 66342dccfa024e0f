import { describe, expect, test } from 'vitest';
import { defaultBackoff } from '../backoff.ts';
import { startService } from '../service.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { defaultLimits } from './limits.ts';
import { retention, retentionRound } from './retention.ts';
import type { RetentionPolicy } from './retention-policy.ts';

const day = 86_400_000;
const atOnce = async () => {};

async function arrange() {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock, random: () => 0.5, limits: defaultLimits, backoff: defaultBackoff });
  await store.agents.add({ id: 'ada', skills: [] });
  const send = async (more: { state?: 'acked' | 'dead' | 'quarantined'; body?: string } = {}) => {
    const request = {
      inboxes: ['ada'],
      from: 'bob',
      body: 'x',
      bodyType: 'text',
      kind: 'text',
      priority: 'normal',
    } as const;
    await store.messages.accept([{ ...request, maxAttempts: 5, ...more }]);
  };
  return { clock, store, send };
}

describe('a round of retention', () => {
  test.each<[string, RetentionPolicy, object]>([
    ['acked messages by age', { messagesMs: day }, { acked: 1, dead: 1, quarantined: 1, pruned: 250 }],
    ['dead letters only when asked', { deadMs: day }, { acked: 251, dead: 0, pruned: 1 }],
    ['quarantined ones only when asked', { quarantinedMs: day }, { acked: 251, quarantined: 0, pruned: 1 }],
    ['nothing without a policy', {}, { acked: 251, pruned: 0 }],
  ])('deletes %s', async (_what, policy, expected) => {
    const { clock, store, send } = await arrange();
    await send({ state: 'dead' });
    await send({ state: 'quarantined' });
    for (let index = 0; index < 250; index += 1) await send({ state: 'acked' });
    clock.advance(day);
    await send({ state: 'acked' });
    await send();
    await retentionRound(store, policy, atOnce);
    expect(await store.messages.stats()).toMatchObject({ ready: 1, accepted: 254, ...expected });
    expect((await store.messages.verify()).problems).toEqual([]);
  });

  test('makes room when the store is too large: the oldest first, and no more than needed', async () => {
    const { store, send } = await arrange();
    for (let index = 0; index < 10; index += 1) await send({ state: 'acked', body: 'x'.repeat(60_000) });
    await send({ state: 'dead', body: 'x'.repeat(60_000) });
    await retentionRound(store, { maxBytes: 400_000 }, atOnce);
    const { acked, dead, pruned } = await store.messages.stats();
    expect(dead).toBe(1);
    expect(acked + pruned).toBe(10);
    expect((await store.retention.size()).usedBytes).toBeLessThanOrEqual(400_000);
    expect(acked).toBeGreaterThanOrEqual(4); // a batch takes at most two of these
  });

  test('forgets old events and gives the space back', async () => {
    const { clock, store, send } = await arrange();
    for (let index = 0; index < 90; index += 1) await send({ state: 'acked', body: 'x'.repeat(60_000) });
    clock.advance(day);
    await retentionRound(store, { messagesMs: day, eventsMs: day }, atOnce);
    expect((await store.events.read(0, 10)).map(({ type }) => type)).not.toContain('agent.added');
    expect(await store.retention.size()).toMatchObject({ usedBytes: 0, freeBytes: 0 });
  });
});

describe('the service', () => {
  test('wakes by itself, again after a round that failed, and ends when it is stopped', async () => {
    const { clock, store, send } = await arrange();
    await send({ state: 'acked' });
    let looked = 0;
    let tell = () => {};
    const seen = () => new Promise<void>((resolve) => (tell = resolve));
    const failing = {
      retention: {
        prune: async () => {
          looked += 1;
          tell();
          throw new Error('the disk is gone');
        },
      },
    } as unknown as typeof store; // all that a round with this policy uses of a store
    const failures: unknown[] = [];
    const service = startService(retention(failing, clock, { messagesMs: day }), (error) => failures.push(error));
    for (const round of [1, 2]) {
      const looking = seen();
      for (let moved = 0; looked < round && moved < 60; moved += 1) {
        clock.advance(60_000);
        await Promise.resolve();
      }
      await looking;
    }
    expect(looked).toBe(2);
    await service.stop();
    expect(clock.pending).toBe(0);
    expect(failures).toEqual([]);
  });
});
