import { readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { WireEvent } from '../hub/api.ts';
import { operator } from '../hub/operation.ts';
import { mintToken, openStream, restDoor, startTeam, streamDoor } from '../testing/agent-doors.ts';
import { ManualClock } from '../testing/manual-clock.ts';

describe('a connection that was opened in time', () => {
  test('is refused from the moment its incarnation is over', async () => {
    await using hub = await startTeam();
    const former = openStream(hub, await mintToken(hub, 'bob'));
    expect(await former.call('queue.stats', {})).toBeDefined();
    const present = openStream(hub, await mintToken(hub, 'bob'));
    await expect(former.call('message.send', { to: 'cy', body: 'x' })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await present.call('message.send', { to: 'cy', body: 'x' })).toMatchObject({ state: 'ready' });
    await Promise.all([former.close(), present.close()]);
  });

  test('what waits for mail ends, and takes none with it', async () => {
    await using hub = await startTeam();
    const former = openStream(hub, await mintToken(hub, 'bob'));
    const waiting = former.call('message.lease', { inbox: 'bob', waitMs: 60_000 });
    await expect.poll(() => hub.hub.messages.waiting).toBe(1);
    const token = await mintToken(hub, 'bob');
    await expect(waiting).rejects.toMatchObject({ code: 'unauthorized' });
    await hub.hub.call('message.send', { to: 'bob', body: 'late' }, { caller: operator });
    const present = openStream(hub, token);
    expect(await present.call('message.lease', { inbox: 'bob' })).toMatchObject({ messages: [{ attempt: 1 }] });
    await Promise.all([former.close(), present.close()]);
  });

  test('mail leased in the moment of the change goes to the successor', async () => {
    await using hub = await startTeam();
    await hub.hub.call('message.send', { to: 'bob', body: 'one' }, { caller: operator });
    const token = await mintToken(hub, 'bob');
    const { store } = hub.hub;
    const lease = store.messages.lease.bind(store.messages);
    // The token ends between the lease and its answer.
    store.messages.lease = async (request) => {
      const leased = await lease(request);
      await hub.hub.call('agent.revoke', { id: 'bob' }, { caller: operator });
      return leased;
    };
    expect(await streamDoor(hub)(token, 'message.lease', { inbox: 'bob' })).toMatchObject({ code: 'unauthorized' });
    store.messages.lease = lease;
    const next = await hub.hub.call('message.lease', { inbox: 'bob' }, { caller: operator });
    expect(next.messages).toMatchObject([{ bodyText: 'one', attempt: 2 }]);
  });

  test('an event stream tells an agent of itself alone, and ends with its incarnation', async () => {
    await using hub = await startTeam();
    const connection = openStream(hub, await mintToken(hub, 'bob'));
    const seen: WireEvent[] = [];
    const stream = connection.call('events', { after: 0 }, { onEvent: (event) => seen.push(event) });
    const ended = expect(stream).rejects.toMatchObject({ code: 'unauthorized' });
    await hub.hub.call('message.send', { to: 'ada', body: 'x' }, { caller: operator });
    await hub.hub.call('message.send', { to: 'bob', body: 'x' }, { caller: operator });
    await expect.poll(() => seen.map(({ type }) => type)).toContain('message.accepted');
    await hub.hub.call('agent.revoke', { id: 'bob' }, { caller: operator });
    await ended;
    expect(new Set(seen.map(({ inbox, agent }) => inbox ?? agent))).toEqual(new Set(['bob']));
    await connection.close();
  });

  test('the same over server-sent events, whose last one says why', async () => {
    await using hub = await startTeam();
    const token = await mintToken(hub, 'bob', { role: 'observer' });
    const answer = await fetch(`${hub.url}/v1/events`, { headers: { authorization: `Bearer ${token}` } });
    await hub.hub.call('agent.revoke', { id: 'bob' }, { caller: operator });
    const text = await answer.text();
    expect(text).toContain('event: agent.added');
    expect(text).toMatch(/event: error\ndata: \{"code":"unauthorized"/);
  });
});

describe('a token', () => {
  test('lies in a file only its owner can read, and nowhere else', async () => {
    await using hub = await startTeam({ clock: new ManualClock() });
    const minted = await hub.hub.call('agent.token', { id: 'bob', expiresInMs: 60_000 }, { caller: operator });
    expect(minted).toMatchObject({
      agent: 'bob',
      role: 'agent',
      incarnation: 1,
      file: join(hub.dir, 'agents/bob/token'),
    });
    expect(Date.parse(minted.expiresAt ?? '') - Date.parse(minted.issuedAt)).toBe(60_000);
    expect(statSync(minted.file).mode & 0o777).toBe(0o600);
    for (const folder of [dirname(minted.file), join(hub.dir, 'agents')])
      expect(statSync(folder).mode & 0o777).toBe(0o700);
    const text = readFileSync(minted.file, 'utf8').trim();
    expect(text).toMatch(/^wag_bob_[A-Za-z0-9_-]{43}$/);
    const secret = text.slice(8);
    for (const file of ['waggle.db', 'waggle.db-wal']) {
      expect(readFileSync(join(hub.dir, file)).includes(secret), file).toBe(false);
    }
    expect(JSON.stringify(minted)).not.toContain(secret);
    const { revokedAt } = await hub.hub.call('agent.revoke', { id: 'bob' }, { caller: operator });
    expect(statSync(minted.file, { throwIfNoEntry: false })).toBeUndefined();
    expect((await hub.hub.call('agent.revoke', { id: 'bob' }, { caller: operator })).revokedAt).toBe(revokedAt);
  });

  test('is not written through a link, and the former one is over all the same', async () => {
    await using hub = await startTeam();
    const former = await mintToken(hub, 'bob');
    symlinkSync('/tmp', join(hub.dir, 'agents/cy'));
    await expect(hub.hub.call('agent.token', { id: 'cy' }, { caller: operator })).rejects.toMatchObject({
      code: 'directory_refused',
    });
    expect(await restDoor(hub)(former, 'queue.stats', {})).toHaveProperty('result');
  });

  test('outlives a hub that is started anew; a revoked one stays over', async () => {
    await using hub = await startTeam();
    const [bobs, adas] = [await mintToken(hub, 'bob'), await mintToken(hub, 'ada')];
    await hub.hub.call('agent.revoke', { id: 'ada' }, { caller: operator });
    await hub.close();
    const { runHub } = await import('../compose.ts');
    const again = await runHub({ dir: hub.dir, port: 0 });
    const door = restDoor({ ...hub, hub: again.hub, url: again.status.url });
    expect(await door(bobs, 'queue.stats', {})).toHaveProperty('result');
    expect(await door(adas, 'queue.stats', {})).toMatchObject({ code: 'unauthorized' });
    expect((await again.hub.call('agent.token', { id: 'ada' }, { caller: operator })).incarnation).toBe(2);
    await again.close();
  });
});
