import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memoryHistory } from '../history/history-writer.ts';
import { parseRecord } from '../history/parse-record.ts';
import type { HistoryRecord } from '../history/record.ts';
import { Recorder } from '../history/recorder.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { tempFolder } from '../testing/temp-hub.ts';
import { LegacyClient } from './legacy-client.ts';
import { LegacyTarget } from './legacy-target.ts';
import { resolveScenario } from './scenario.ts';

function setUp(path: string) {
  const file = join(path, 'queue.json');
  const records: HistoryRecord[] = [];
  const recorder = new Recorder(memoryHistory(records, 'p'));
  const client = new LegacyClient(file, resolveScenario({ target: 'legacy' }), recorder, new ManualClock());
  const send = (key: string, priority?: 'urgent') =>
    client.send({ to: 'agent-1', body: { key }, idempotencyKey: key, ...(priority === undefined ? {} : { priority }) });
  return { file, client, records, recorder, send, target: new LegacyTarget(file) };
}
const never = new AbortController().signal;

test('alone in its file the legacy algorithm works: urgent first, settled, failed after five attempts', async () => {
  using folder = tempFolder();
  const { client, send, target, recorder, records } = setUp(folder.path);
  await send('a');
  await send('b', 'urgent');
  const [first, second] = await client.lease('agent-1', never);
  expect([first?.bodyText, second?.bodyText]).toEqual(['{"key":"b"}', '{"key":"a"}']);
  if (first === undefined || second === undefined) throw new Error('nothing was leased');
  await client.ack(first);
  expect(await client.nack(second)).toEqual({ dead: false });
  for (let attempt = 2; attempt <= 5; attempt += 1) {
    const [again] = await client.lease('agent-1', never);
    expect(again?.attempt).toBe(attempt);
    if (again !== undefined) expect(await client.nack(again)).toEqual({ dead: attempt === 5 });
  }
  expect(await target.open()).toBe(0);
  expect(await target.testify([], recorder)).toEqual([]);
  expect(records.filter(({ op }) => op === 'final').map(({ state }) => state)).toEqual(['dead', 'acked']);
  expect((await target.makeFault('crash')).acted).toBe(0);
  await client.close();
});

test('any error is an empty queue, and the next save makes it one: this is how it lost messages', async () => {
  using folder = tempFolder();
  const { file, client, send, target, recorder } = setUp(folder.path);
  await send('a');
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 20));
  expect(await target.testify([], recorder)).toEqual(['the queue file does not parse any more']);
  expect(await target.open()).toBe(0);
  await send('b');
  expect(await target.open()).toBe(1);
  const stopped = AbortSignal.abort(new Error('stopped'));
  expect(await client.lease('agent-2', stopped)).toEqual([]);
  await client.ack({ id: 'gone', gen: 1, attempt: 1, bodyText: '' });
});

test('an entry that parses and lacks its members, as two writers can leave it, still makes records', async () => {
  using folder = tempFolder();
  const { file, client, target, recorder, records } = setUp(folder.path);
  writeFileSync(
    file,
    '[{"recipient":"agent-1","status":"PENDING","content":"{}"},{"queue_id":"x","status":"PENDIDELIVERED"}]',
  );
  expect(await client.lease('agent-1', never)).toMatchObject([{ id: 'undefined', gen: 1, attempt: 1 }]);
  await target.testify([], recorder);
  for (const record of records) parseRecord(JSON.stringify(record));
  expect(records.filter(({ op }) => op === 'final').map(({ state }) => state)).toEqual(['leased', 'damaged']);
});
