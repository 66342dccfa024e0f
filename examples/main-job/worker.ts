import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'waggle-swarm';

/** One agent of the demo: a process that handles its inbox and tells its parent what it finished. */
const [dir = '', inbox = ''] = process.argv.slice(2);

await using swarm = await connect({ dir });
const consumer = swarm.consume(
  inbox,
  async (message) => {
    await pause(2); // the work
    process.send?.({ handled: message.id, attempt: message.attempt });
  },
  { leaseMs: 2_000 },
);
// The parent ends a worker by closing the channel.
await new Promise<void>((resolve) => process.once('disconnect', resolve));
await consumer.stop();
