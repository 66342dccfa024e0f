import { closeSync, copyFileSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { connectSwarm } from '../../src/sdk/connect.ts';
import { spawnHub } from '../../src/testing/hub-process.ts';
import { startTempHub, tempFolder } from '../../src/testing/temp-hub.ts';

/** Somebody outside who is to hear of alerts: resolves with the first of each rule. */
async function listener() {
  const heard = new Map<string, PromiseWithResolvers<{ type: string; data: { rule: string; text: string } }>>();
  const of = (rule: string) => {
    const waiting = heard.get(rule) ?? Promise.withResolvers();
    heard.set(rule, waiting);
    return waiting;
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      response.writeHead(204).end();
      const alert = JSON.parse(body);
      if (alert.type === 'alert.fired') of(alert.data.rule).resolve(alert);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://127.0.0.1:${port}/`,
    fired: (rule: string) => of(rule).promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Guarantee G22: an alert about the store does not travel through it. */
describe('a store file that is harmed under a hub raises an alert', () => {
  test.each([
    ['removed', (file: string) => rmSync(file), 'missing'],
    ['moved away', (file: string) => renameSync(file, `${file}.away`), 'missing'],
    [
      'replaced',
      (file: string) => {
        copyFileSync(file, `${file}.other`);
        renameSync(`${file}.other`, file);
      },
      'replaced',
    ],
  ])('when it is %s: to the log and past the store to a webhook, before the hub leaves', async (_what, harm, why) => {
    await using outside = await listener();
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    await using hub = spawnHub(dir);
    expect(await hub.up).toBe(true);
    await using swarm = await connectSwarm({ dir, start: false, retryForMs: 0 });
    await swarm.outbox.add({ name: 'ops', url: outside.url, alerts: 'critical' });
    // At once: from that answer on the hub knows where to go without the store.
    harm(join(dir, 'waggle.db'));
    const alert = await outside.fired('store-file');
    expect(alert.data.text).toMatch(new RegExp(`store file missing, replaced or unreadable: .*(${why}|missing)`));
    const { stderr, code } = await hub.ended;
    expect(stderr).toMatch(/alert \(critical\) store-file: /);
    expect(code).not.toBe(0);
  });

  test('when it does not begin as a store any more, the hub stays and says that it is not well', async () => {
    await using outside = await listener();
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    await swarm.outbox.add({ name: 'ops', url: outside.url, alerts: 'critical' });
    const handle = openSync(join(hub.dir, 'waggle.db'), 'r+');
    writeSync(handle, 'scribbled over it', 0);
    closeSync(handle);
    expect((await outside.fired('store-file')).data.text).toContain('does not begin as a store does');
    expect((await swarm.alerts.list({ state: 'firing' })).alerts.map(({ rule }) => rule)).toContain('store-file');
    const report = await swarm.health();
    expect(report.figures.find(({ name }) => name === 'store_file')).toMatchObject({ state: 'bad', value: 1 });
  });

  test('when a page is damaged that nobody reads: at the next check', async () => {
    await using outside = await listener();
    await using hub = await startTempHub({ config: { monitor: { checkEveryMs: 200 } } });
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    await swarm.sendMany(Array.from({ length: 50 }, (_, each) => ({ to: 'ada', body: `${each} ${'x'.repeat(500)}` })));
    await swarm.outbox.add({ name: 'ops', url: outside.url, alerts: 'critical' });
    const file = join(hub.dir, 'waggle.db');
    const db = new DatabaseSync(file);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const root = db.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'hand_offs'`).get()?.['rootpage'];
    db.close();
    const handle = openSync(file, 'r+');
    writeSync(handle, Buffer.alloc(4_096, 0xa5), 0, 4_096, (Number(root) - 1) * 4_096);
    closeSync(handle);
    expect((await outside.fired('page-damage')).data.text).toContain('damage found by the last check');
    // It stays damaged: that is an alert of its own.
    expect((await outside.fired('corruption-persists')).data.text).toContain('(store)');
    expect((await swarm.health()).integrity.problems.length).toBeGreaterThan(0);
  });
});
