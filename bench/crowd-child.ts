import { once } from 'node:events';
import { WaggleError } from '../src/errors.ts';
import { connectSwarm } from '../src/sdk/connect.ts';

/** One client of crowd.ts: `crowd-child.ts DIR INDEX SECONDS`. Prints what it got as one JSON document. */
const [dir = '', index = '0', seconds = '5'] = process.argv.slice(2);
await using swarm = await connectSwarm({ dir, start: false });
const latencies: number[] = [];
let accepted = 0;
let busy = 0;
// All begin together, once the last of them is connected.
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();
const end = performance.now() + Number(seconds) * 1_000;
while (performance.now() < end) {
  const started = performance.now();
  try {
    await swarm.send({ to: `agent-${index}`, from: `client-${index}`, body: 'x'.repeat(240) });
    accepted += 1;
    latencies.push(performance.now() - started);
  } catch (error) {
    if (!(error instanceof WaggleError && error.code === 'store_busy')) throw error;
    busy += 1;
  }
}
process.stdout.write(JSON.stringify({ accepted, busy, latencies }));
