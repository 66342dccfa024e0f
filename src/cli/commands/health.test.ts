import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { commandRunner } from '../../testing/cli-context.ts';
import { startTempHub } from '../../testing/temp-hub.ts';

async function hubWith(rules: readonly object[]) {
  const hub = await startTempHub({ config: { monitor: { rules } } });
  onTestFinished(() => hub[Symbol.asyncDispose]());
  const swarm = await hub.connect();
  onTestFinished(() => swarm.close());
  return { hub, swarm, atTerminal: commandRunner(swarm), inPipe: commandRunner(swarm, { terminal: false }) };
}

test('one table of figures, each with its state, limit and what to do', async () => {
  const { swarm, atTerminal, inPipe } = await hubWith([{ name: 'few', figure: 'depth', threshold: 0, forMs: 60_000 }]);
  const quiet = await inPipe('health');
  expect(quiet.code).toBe(0);
  expect(quiet.stdout).toContain('good\tmessages waiting\t0\tabove 5000, above 0\t\n');
  expect(quiet.stdout).toMatch(/unknown\tattempts that were given back\tnot known\tabove 25 %\t\n/);
  await swarm.agents.add({ id: 'ada' });
  await swarm.send({ to: 'ada', body: 'hello' });
  const warned = await atTerminal('health', '--bad');
  expect(warned.code).toBe(0);
  expect(warned.stdout).toMatch(/warn +messages waiting +1 /);
  expect(warned.stdout).not.toMatch(/^good /m);
  expect(warned.stdout).toMatch(/\nwarn; 0 alerts firing, 0 acknowledged\n$/);
  const { stdout } = await inPipe('health', '--json');
  expect(stdout.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, state: 'warn', troubles: [], integrity: { checks: 0 } });
});

test('ends with 1 when something is bad', async () => {
  const { swarm, atTerminal } = await hubWith([
    { name: 'rot', figure: 'parse_errors', threshold: 0, severity: 'critical' },
  ]);
  await swarm.observe({ source: '/q\u202e.json', state: 'damaged', at: '2026-01-01T00:00:00Z', problem: 'cut short' });
  const bad = await atTerminal('health');
  expect(bad.code).toBe(1);
  expect(bad.stdout).toMatch(/bad +parse errors of a source in the last hour \(\/q.*\.json\)/);
  expect(bad.stdout).not.toContain('\u202e');
});

test('of a damaged store shows what it can, and fails as every command does', async () => {
  const { hub, swarm, inPipe } = await hubWith([]);
  await swarm.agents.add({ id: 'bob' });
  const store = join(hub.dir, 'waggle.db');
  const db = new DatabaseSync(store);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  const down = new Promise<void>((resolve) =>
    hub.hub.store.onHealth(({ state }) => (state === 'read-only' ? resolve() : undefined)),
  );
  const bytes = readFileSync(store).fill(0xa5, 4_096, statSync(store).size);
  writeFileSync(store, bytes);
  await hub.hub.store.messages.verify().catch(() => {});
  await swarm.send({ to: 'bob', body: 'x'.repeat(100_000) }).catch(() => {});
  await down;
  await expect(inPipe('health', '--json')).rejects.toMatchObject({ code: 'store_corrupt' });
  const report = await swarm.health();
  expect(report).toMatchObject({ ok: false, state: 'bad', store: { code: 'store_corrupt' } });
  expect(report.figures.find(({ name }) => name === 'store_state')).toMatchObject({ state: 'bad', value: 1 });
  expect((await swarm.alerts.list()).alerts.map(({ rule }) => rule)).toContain('store-down');
  const ready = await hub.request('GET', '/readyz');
  expect([ready.status, await ready.json()]).toMatchObject([503, { ok: false, alerts: [{ rule: 'store-down' }] }]);
  expect(await swarm.metrics()).toMatch(/^waggle_store_up 0$/m);
});
