import { expect, test } from 'vitest';
import { openSwarm } from '../index.ts';
import type { Swarm } from '../sdk/swarm.ts';
import { checkHistory } from './check-history.ts';
import { memoryHistory } from './history-writer.ts';
import type { HistoryRecord } from './record.ts';
import { recordFinals, recordSwarm } from './record-swarm.ts';
import { Recorder } from './recorder.ts';

async function recordedSwarm() {
  const records: HistoryRecord[] = [];
  const recorder = new Recorder(memoryHistory(records, 'ada'));
  const inner = await openSwarm({ store: 'memory' });
  const swarm = recordSwarm(inner, recorder, { authenticated: 'operator' });
  await swarm.agents.add({ id: 'bob' });
  return {
    inner,
    swarm,
    recorder,
    records,
    ids: () => new Set(records.flatMap(({ id }) => id ?? [])),
    [Symbol.asyncDispose]: () => swarm.close(),
  };
}

async function everything(swarm: Swarm): Promise<void> {
  await swarm.send({ to: 'bob', body: 'text', idempotencyKey: 'mine' });
  expect(await swarm.send({ to: 'bob', body: 'text', idempotencyKey: 'mine' })).toMatchObject({ duplicate: true });
  await swarm.send({ to: 'all', body: { json: [1.5] }, from: 'ada', priority: 'high' });
  await swarm.sendMany([
    { to: 'bob', body: 'one', maxAttempts: 1 },
    { to: 'bob', body: 'two', delayMs: 60_000, ttlMs: 120_000, orderingKey: 'o' },
    { to: 'bob', body: 'three' },
  ]);
  const [json, text, one] = await swarm.lease('bob', { limit: 3 });
  if (json === undefined || text === undefined || one === undefined) throw new Error('three messages were sent');
  await swarm.extend(json, { leaseMs: 5_000 });
  await swarm.ack(json);
  await swarm.nack(text, { delayMs: 0 });
  await swarm.nack(one, { terminal: true, reason: 'no' });
  await expect(swarm.ack(json)).rejects.toThrow(/lease_lost|lease/);
  await swarm.dead.redrive({ inbox: 'bob' });
  const { id } = await swarm.send({ to: 'bob', body: 'never mind' });
  await swarm.cancel(id);
  await swarm.importEntries(
    [
      {
        key: 'recovered:1',
        to: 'bob',
        bodyText: 'old',
        bodyType: 'text',
        priority: 'low',
        state: 'ready',
        provenance: {},
      },
    ],
    {},
  );
  const consumer = swarm.consume('bob', () => {}, { concurrency: 2 });
  while ((await swarm.queue.stats()).ready > 0) await swarm.peek('bob');
  await consumer.stop();
  await swarm.agents.remove('bob', { cancelOpen: true });
}

test('everything a client does makes a history without a finding', async () => {
  await using run = await recordedSwarm();
  await everything(run.swarm);
  await recordFinals(run.inner, run.recorder, run.ids());
  const report = await checkHistory(run.records);
  expect(report.findings).toEqual([]);
  expect(report.notChecked).toEqual([]);
  expect(report.summary).toMatchObject({ sent: 6, received: 5, acked: 5, lost: 0, redelivered: 2, open: 0 });
});

test('a message the store forgot, and one it changed, are seen through the recording', async () => {
  await using run = await recordedSwarm();
  const { id } = await run.swarm.send({ to: 'bob', body: 'kept' });
  const forgetful: Swarm = {
    ...run.inner,
    message: () => run.inner.message('msg_00000000-0000-7000-8000-000000000001'),
  };
  await recordFinals(forgetful, run.recorder, [id]);
  expect((await checkHistory(run.records)).totals).toMatchObject({ lost: 1 });

  const liar: Swarm = {
    ...run.inner,
    lease: async (inbox, options) =>
      (await run.inner.lease(inbox, options)).map((message) => ({ ...message, bodyText: 'kepT', from: 'mallory' })),
  };
  await recordSwarm(liar, run.recorder).lease('bob');
  expect((await checkHistory(run.records)).totals).toMatchObject({ altered: 1, forged: 1 });
});

test('a refusal is a fail; an error that leaves the effect open is info', async () => {
  await using run = await recordedSwarm();
  await expect(run.swarm.send({ to: 'nobody', body: 'x' })).rejects.toThrow(/nobody/);
  await expect(run.swarm.sendMany([{ to: 'nobody', body: 'x' }])).rejects.toThrow(/nobody/);
  await expect(run.swarm.dead.purge({ ids: ['nonsense'] })).rejects.toThrow(/nonsense/);
  const broken = recordSwarm({ ...run.inner, send: () => Promise.reject(new Error('cut')) }, run.recorder);
  await expect(broken.send({ to: 'bob', body: 'x' })).rejects.toThrow('cut');
  expect(run.records.filter(({ phase }) => phase !== 'invoke').map(({ phase, error }) => [phase, error])).toEqual([
    ['fail', 'not_found'],
    ['fail', 'not_found'],
    ['fail', 'invalid_input'],
    ['info', 'internal'],
  ]);
  expect((await checkHistory(run.records)).summary).toMatchObject({ unknownSends: 1, refusedSends: 2 });
});
