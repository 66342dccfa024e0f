import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { connectSwarm } from './sdk/connect.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { startTempHub } from './testing/temp-hub.ts';

/** Another writer that took the store over, as one does after a lock file was lost. */
function takeOver(dir: string): void {
  const db = new DatabaseSync(join(dir, 'waggle.db'));
  db.exec(`UPDATE meta SET value = CAST(value + 1 AS TEXT) WHERE key = 'epoch'`);
  db.close();
}

describe('a hub that has lost its store', () => {
  test('leaves when it was fenced, says so, and takes nothing of its successor with it', async () => {
    const said: string[] = [];
    await using first = await startTempHub({ notice: (line) => said.push(line) });
    await using client = await first.connect();
    await client.agents.add({ id: 'bob' });
    takeOver(first.dir);
    rmSync(join(first.dir, 'waggle.db.lock'));
    const { runHub } = await import('./compose.ts');
    const second = await runHub({ dir: first.dir, port: 0 });
    // No hub is started for it, but its call is carried to the one that took over.
    await using late = await connectSwarm({ dir: first.dir, start: false, retryForMs: 10_000 });
    await expect(client.send({ to: 'bob', body: 'x' })).rejects.toMatchObject({ code: 'store_fenced' });
    expect(await first.closed).toMatchObject({ code: 'store_fenced' });
    expect(said.join('\n')).toMatch(/store_fenced: another hub .* took over.*\n.*this hub stops/s);
    await expect(first.hub.call('queue.stats', {}, { caller: { role: 'operator' } })).rejects.toMatchObject({
      code: 'store_fenced',
    });
    expect(JSON.parse(readFileSync(join(first.dir, 'hub.json'), 'utf8'))).toMatchObject({ url: second.status.url });
    expect(statSync(join(first.dir, 'hub.sock')).isSocket()).toBe(true);
    expect((await late.send({ to: 'bob', body: 'x' })).state).toBe('ready');
    await using anew = await first.connect();
    expect(await anew.queue.stats()).toMatchObject({ ready: 1 });
    await second.close();
    expect(existsSync(join(first.dir, 'hub.sock'))).toBe(false);
  });

  test('leaves when its file is gone, though nobody asks it for anything', async () => {
    const clock = new ManualClock();
    await using hub = await startTempHub({ clock });
    renameSync(join(hub.dir, 'waggle.db'), join(hub.dir, 'elsewhere.db'));
    clock.advance(2_000);
    expect(await hub.closed).toMatchObject({ code: 'store_missing' });
    expect(existsSync(join(hub.dir, 'hub.json'))).toBe(false);
  });

  test('stays when the store is damaged, and every call is told', async () => {
    await using hub = await startTempHub();
    await using client = await hub.connect();
    await client.agents.add({ id: 'bob' });
    const store = join(hub.dir, 'waggle.db');
    const db = new DatabaseSync(store);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    const unhealthy = new Promise<void>((resolve) =>
      hub.hub.store.onHealth(({ state }) => (state === 'read-only' ? resolve() : undefined)),
    );
    const size = statSync(store).size;
    const bytes = readFileSync(store);
    bytes.fill(0xa5, 4_096, size);
    writeFileSync(store, bytes);
    await hub.hub.store.messages.verify().catch(() => {});
    await expect(client.send({ to: 'bob', body: 'x'.repeat(100_000) })).rejects.toMatchObject({
      code: 'store_corrupt',
    });
    await unhealthy;
    for (const call of [client.queue.stats(), client.send({ to: 'bob', body: 'x' }), client.agents.list()])
      await expect(call).rejects.toMatchObject({ code: 'store_corrupt' });
    expect((await client.status()).store).toMatchObject({ state: 'read-only', code: 'store_corrupt' });
    // The process answers all the same; what it cannot do is serve.
    expect((await hub.request('GET', '/healthz')).status).toBe(200);
    const ready = await hub.request('GET', '/readyz');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ok: false, store: { code: 'store_corrupt' } });
  });
});

test('a client finds its hub where the hub says it listens, whatever its own environment says', async () => {
  const before = process.env['XDG_RUNTIME_DIR'];
  await using outer = await startTempHub();
  const long = join(outer.dir, '..', 'x'.repeat(110), '.waggle');
  const { runHub } = await import('./compose.ts');
  try {
    process.env['XDG_RUNTIME_DIR'] = join(outer.dir, '..');
    const hub = await runHub({ dir: long, port: 0 });
    expect(hub.status.socket.startsWith(join(outer.dir, '..', 'waggle-'))).toBe(true);
    delete process.env['XDG_RUNTIME_DIR'];
    await using client = await connectSwarm({ dir: long, start: false });
    expect((await client.status()).socket).toBe(hub.status.socket);
    // A hub that died left its word behind; the computed address is still tried.
    writeFileSync(join(long, 'hub.json'), '{"socket":"/nowhere/hub.sock"}');
    process.env['XDG_RUNTIME_DIR'] = join(outer.dir, '..');
    await using again = await connectSwarm({ dir: long, start: false });
    expect((await again.status()).socket).toBe(hub.status.socket);
    await hub.close();
  } finally {
    if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
    else process.env['XDG_RUNTIME_DIR'] = before;
  }
});
