import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { defaultBackoff } from '../../backoff.ts';
import { armFailpoints, type FailpointName } from '../../failpoint.ts';
import { defaultLimits } from '../../message/limits.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import { openSqliteStore } from './sqlite-store.ts';

const text = {
  from: 'bob',
  body: 'hello',
  bodyType: 'text',
  kind: 'text',
  priority: 'normal',
  maxAttempts: 5,
} as const;

async function storeWithLease(file: string) {
  const clock = new ManualClock();
  const store = await openSqliteStore({
    file,
    clock,
    random: () => 0.5,
    limits: defaultLimits,
    backoff: defaultBackoff,
  });
  await store.agents.add({ id: 'ada', skills: [] });
  await store.messages.accept([{ ...text, inboxes: ['ada'] }]);
  const [leased] = await store.messages.lease({ inbox: 'ada', limit: 1, leaseMs: 60_000 });
  if (leased === undefined) throw new Error('one was accepted');
  return { store, leased };
}

/** The engine fails once, at this point, with this code of SQLite. */
function failOnce(at: FailpointName, errcode: number): void {
  armFailpoints((point) => {
    if (point !== at) return;
    armFailpoints(undefined);
    throw Object.assign(new Error('engine text'), { code: 'ERR_SQLITE_ERROR', errcode });
  });
}

afterEach(() => armFailpoints(undefined));

/** Guarantee G14: what the engine does after a failed read or write, or on damage, is never tried on the same connection. */
describe('the writer stops', () => {
  test.each([
    { what: 'an I/O error', errcode: 10, code: 'store_failed' },
    { what: 'a failed fsync', errcode: 1_034, code: 'store_failed' },
    { what: 'damage', errcode: 11, code: 'store_corrupt' },
  ])('at $what: everybody of the group and in line is told, the file is opened anew and served', async (failure) => {
    using folder = tempFolder();
    const { store, leased } = await storeWithLease(join(folder.path, 'waggle.db'));
    const heard: string[] = [];
    store.onHealth(({ state }) => heard.push(state));
    failOnce('store.ack.updated', failure.errcode);
    const ofTheGroup = [store.messages.ack(leased), store.messages.accept([{ ...text, inboxes: ['ada'] }])];
    const refused = await Promise.allSettled(ofTheGroup);
    expect(refused).toMatchObject([{ reason: { code: failure.code } }, { reason: { code: failure.code } }]);
    await expect(store.messages.stats()).rejects.toMatchObject({ code: failure.code });
    expect(heard).toEqual(['recovering']);

    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(['recovering', 'open']);
    expect(await store.messages.stats()).toMatchObject({ accepted: 1, leased: 1 });
    await store.messages.ack(leased);
    expect(await store.messages.stats()).toMatchObject({ accepted: 1, acked: 1 });
    await store.close();
  });

  test('but not when only the disk is full: settling goes on at once', async () => {
    using folder = tempFolder();
    const { store, leased } = await storeWithLease(join(folder.path, 'waggle.db'));
    const heard: string[] = [];
    store.onHealth(({ state }) => heard.push(state));
    failOnce('store.ack.updated', 13);
    await store.messages.ack(leased);
    expect(heard).toEqual([]);
    await store.close();
  });
});
