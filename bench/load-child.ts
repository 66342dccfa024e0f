import { connectSwarm } from '../src/sdk/connect.ts';

/** Fills a hub: `load-child.ts DIR COUNT`, spread over sixteen inboxes so that none is full. */
const [dir = '', count = '0'] = process.argv.slice(2);
await using swarm = await connectSwarm({ dir, start: false });
const inboxes = Array.from({ length: 16 }, (_, index) => `agent-${index}`);
for (const id of inboxes) await swarm.agents.add({ id });
const batch = 500;
for (let sent = 0; sent < Number(count); sent += batch) {
  // Every batch from a sender of its own: the rate limit is not what is measured.
  const messages = Array.from({ length: batch }, (_, index) => ({
    to: inboxes[index % inboxes.length] ?? '',
    from: `loader-${sent}`,
    body: { text: 'x'.repeat(240) },
  }));
  await swarm.sendMany(messages);
}
