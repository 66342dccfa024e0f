import { expect, test } from 'vitest';
import { startTempHub } from '../../testing/temp-hub.ts';
import { HubEar } from './hub-ear.ts';

const at = '2026-01-01T00:00:00Z';

test('looks are told in order, in plain text, each once', async () => {
  await using hub = await startTempHub();
  await using swarm = await hub.connect();
  const ear = new HubEar(async () => swarm);
  ear.tell({ source: '/q.json', state: 'damaged', at, errors: 2, problem: `cut\u0007 ${'x'.repeat(2_000)}` });
  ear.tell({ source: '/q.json', state: 'damaged', at, errors: 2 });
  ear.tell({ source: '/q.json', state: 'intact', at: '2026-01-01T00:00:01Z' });
  await ear.settled();
  const { sources } = await swarm.health();
  expect(sources).toMatchObject([{ source: '/q.json', checks: 2, parseErrors: 2, recoveries: 1, state: 'intact' }]);
});

test('where no hub is, nothing is the matter', async () => {
  const ear = new HubEar(() => Promise.reject(new Error('no hub')));
  ear.tell({ source: '/q.json', state: 'intact', at });
  expect(await ear.settled()).toBeUndefined();
});
