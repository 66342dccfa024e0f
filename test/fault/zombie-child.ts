import { createInterface } from 'node:readline';
import { WaggleError } from '../../src/errors.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';

/**
 * A consumer to be stopped in the middle: each line on stdin that says `lease` takes one message and tells of it; one that
 * says `settle` tries everything a holder of the lease may do and tells how each was answered.
 */
const [dir = '', leaseMs = ''] = process.argv.slice(2);
await using swarm = await connectSwarm({ dir, start: false });
let held = { id: '', gen: 0 };

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return error instanceof WaggleError ? error.code : String(error);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'lease') {
    const [message] = await swarm.lease('ada', { leaseMs: Number(leaseMs), waitMs: 30_000 });
    if (message === undefined) throw new Error('there is always a message to lease');
    held = { id: message.id, gen: message.gen };
    process.stdout.write(`${JSON.stringify(held)}\n`);
  } else {
    const codes = {
      extend: await codeOf(swarm.extend(held, { leaseMs: 60_000 })),
      nack: await codeOf(swarm.nack(held, { delayMs: 0, reason: 'from beyond' })),
      ack: await codeOf(swarm.ack(held)),
    };
    process.stdout.write(`${JSON.stringify(codes)}\n`);
  }
}
