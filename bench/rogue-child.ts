import { createInterface } from 'node:readline';
import { WaggleError } from '../src/errors.ts';
import { connectSwarm } from '../src/sdk/connect.ts';

/** The rogue of rogue.ts: `rogue-child.ts DIR AGENT`. `go SINK` on standard input lets it send 1,000 messages a second there, `stop` ends that. */
const [dir = '', agent = ''] = process.argv.slice(2);
const perTick = 10;
const tickMs = 10;
await using swarm = await connectSwarm({ dir, agent, start: false });
let sink: string | undefined;
let accepted = 0;
let refused = 0;

function send(to: string): void {
  swarm.send({ to, body: 'x'.repeat(240) }).then(
    () => (accepted += 1),
    (error: unknown) => {
      if (!(error instanceof WaggleError) || error.retry !== 'later') throw error;
      refused += 1;
    },
  );
}

let due = performance.now();
const timer = setInterval(() => {
  // A timer that came late sends what it owes: the rate holds on a busy machine too.
  for (const now = performance.now(); due <= now; due += tickMs) {
    for (let n = 0; sink !== undefined && n < perTick; n += 1) send(sink);
  }
}, tickMs);

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  sink = line.startsWith('go ') ? line.slice(3) : undefined;
  due = performance.now();
  if (line === 'end') break;
}
clearInterval(timer);
process.stdout.write(`${JSON.stringify({ accepted, refused })}\n`);
