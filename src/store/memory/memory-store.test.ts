import { describe, expect, test } from 'vitest';
import { defaultBackoff } from '../../backoff.ts';
import { decodeMessageId } from '../../ids.ts';
import { defaultLimits } from '../../message/limits.ts';
import { describeStoreContract } from '../../testing/contracts/store-contract.ts';
import { requestOf } from '../../testing/contracts/store-fixture.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { openMemoryStore } from './memory-store.ts';

describeStoreContract('memory', async (options) => openMemoryStore(options));

describe('the memory store', () => {
  const options = () => ({
    clock: new ManualClock(),
    random: () => 0.5,
    limits: defaultLimits,
    backoff: defaultBackoff,
  });

  test('puts the swarm it belongs to into its message ids', async () => {
    await using store = openMemoryStore({ ...options(), swarmId: '0000002a' });
    await store.agents.add({ id: 'ada', skills: [] });
    const [receipt] = await store.messages.accept([requestOf()]);
    expect(decodeMessageId(receipt?.ids[0] ?? '')).toMatchObject({ salt: 42 });
  });

  test('tells every listener of commits in order, also of those a listener makes', async () => {
    await using store = openMemoryStore(options());
    const heard: string[] = [];
    let again = true;
    store.onCommit(({ lastSeq }) => {
      heard.push(`first ${lastSeq % 2 ** 32}`);
      if (again) void store.agents.add({ id: 'bob', skills: [] });
      again = false;
    });
    store.onCommit(({ lastSeq }) => heard.push(`second ${lastSeq % 2 ** 32}`));
    await store.agents.add({ id: 'ada', skills: [] });
    expect(heard).toEqual(['first 1', 'second 1', 'first 2', 'second 2']);
  });

  test('refuses a transaction that is used after its body ended', async () => {
    await using store = openMemoryStore(options());
    const leaked = await store.transaction(async (tx) => tx);
    await expect(leaked.messages.stats()).rejects.toMatchObject({ code: 'internal' });
  });

  test('a call that waited for a transaction fails on its own', async () => {
    await using store = openMemoryStore(options());
    const running = store.transaction(() => Promise.resolve());
    await expect(store.messages.cancel('msg_none')).rejects.toMatchObject({ code: 'not_found' });
    await running;
  });
});
