import { expect, test } from 'vitest';
import { openSwarm } from './index.ts';
import type { Swarm } from './sdk/swarm.ts';

const refused: readonly (readonly [room: string, call: (swarm: Swarm) => Promise<unknown>])[] = [
  ['contexts', (swarm) => swarm.contexts.list()],
  ['contexts', (swarm) => swarm.contexts.set('ada', { n: 1 }, { ifVersion: 0 })],
  ['missions', (swarm) => swarm.missions.list()],
  ['missions', (swarm) => swarm.missions.progress('ada', { done: 1, of: 3 })],
  ['doors and receipts', (swarm) => swarm.delivery.status('ada')],
  ['hand-offs', (swarm) => swarm.handOffs.list()],
  ['the outbox', (swarm) => swarm.outbox.destinations()],
  ['the outbox', (swarm) => swarm.outbox.list()],
];

test.each(refused)('a swarm in memory says that it lacks %s, and what to do', async (room, call) => {
  await using swarm = await openSwarm({ store: 'memory' });
  await swarm.agents.add({ id: 'ada' });
  await expect(call(swarm)).rejects.toMatchObject({
    code: 'not_supported',
    message: expect.stringMatching(new RegExp(`^${room}: .*waggle up`)) as string,
    details: { room },
  });
});
