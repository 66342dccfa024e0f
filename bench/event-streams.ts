import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { connect } from 'waggle-swarm';
import { spawnHub } from '../src/testing/hub-process.ts';
import { tempFolder } from '../src/testing/temp-hub.ts';

/**
 * What watching costs: processor time of the hub per message, at 1,000 messages a second, with and without four readers
 * of events, in turns. Prints one line a round and the ratio of the medians. `--seconds N` per round, `--rounds N`.
 */
const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const perSecond = 1_000;
const seconds = option('seconds', 10);
const rounds = option('rounds', 5);
const readers = option('readers', 4);
const updates = process.argv.includes('--updates') ? '&updates=1' : '';
const tickMs = 50;

using folder = tempFolder();
const dir = join(folder.path, '.waggle');
await using hub = spawnHub(dir);
if (!(await hub.up)) throw new Error(`the hub did not start: ${(await hub.ended).stderr}`);
await using swarm = await connect({ dir, start: false });
const { url } = await swarm.status();
const token = readFileSync(join(dir, 'token'), 'utf8').trim();
await swarm.agents.add({ id: 'ada' });

/** Jiffies of the hub's process, all threads, as microseconds. */
function hubTime(): number {
  const fields = readFileSync(`/proc/${hub.child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Sends at the rate and takes everything; what is told is per message that was sent, leased and acked. */
async function round(): Promise<number> {
  const stop = new AbortController();
  let acked = 0;
  const consuming = (async () => {
    while (!stop.signal.aborted) {
      const messages = await swarm.lease('ada', { limit: 100, waitMs: 200 });
      await Promise.all(messages.map((message) => swarm.ack(message)));
      acked += messages.length;
    }
  })();
  const before = hubTime();
  const began = performance.now();
  for (let sent = 0; performance.now() - began < seconds * 1_000; ) {
    const due = Math.floor(((performance.now() - began) / 1_000) * perSecond) - sent;
    const sends = Array.from({ length: due }, () => swarm.send({ to: 'ada', body: 'x'.repeat(200) }));
    sent += due;
    await Promise.all([...sends, new Promise((resolve) => setTimeout(resolve, tickMs))]);
  }
  stop.abort();
  await consuming;
  return (hubTime() - before) / acked;
}

function follow(after: number): () => void {
  const request = get(
    `${url}/v1/events?after=${after}${updates}`,
    { headers: { authorization: `Bearer ${token}` } },
    (response) => response.resume(),
  );
  request.on('error', () => {});
  return () => request.destroy();
}

const quiet: number[] = [];
const watched: number[] = [];
await round(); // cold code is not measured
for (let n = 0; n < rounds; n += 1) {
  quiet.push(await round());
  // As a page does: from now on, not from the beginning.
  const { lastEvent } = await swarm.status();
  const stops = Array.from({ length: readers }, () => follow(lastEvent));
  watched.push(await round());
  for (const stop of stops) stop();
  console.log(
    `round ${n + 1}: ${quiet.at(-1)?.toFixed(0)} µs a message alone, ${watched.at(-1)?.toFixed(0)} with ${readers} readers`,
  );
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
console.log(`ratio of the medians: ${(median(watched) / median(quiet)).toFixed(3)}`);
