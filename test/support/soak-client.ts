import { toWaggleError } from '../../src/errors.ts';
import { HistoryWriter } from '../../src/history/history-writer.ts';
import { recordSwarm } from '../../src/history/record-swarm.ts';
import { Recorder } from '../../src/history/recorder.ts';
import { connectSwarm } from '../../src/sdk/connect.ts';

/**
 * One client of a soak: `soak-client.ts DIR ROLE INBOX NAME HISTORIES`. It sends or works until SIGTERM, writes down what it
 * did and was told, and outlives its hub. Whatever the hub answers is an answer; only what is no answer ends it.
 */
const [dir = '', role = '', inbox = '', name = '', histories = ''] = process.argv.slice(2);
const leaseMs = 3_000;

let stopping = false;
process.on('SIGTERM', () => {
  stopping = true;
});

using history = new HistoryWriter(histories, name);
await using plain = await connectSwarm({ dir, start: false, retryForMs: 60_000 });
const swarm = recordSwarm(plain, new Recorder(history));
let sent = 0;
process.stdout.write('ready\n');
while (!stopping) {
  try {
    await (role === 'producer' ? produce() : consume());
  } catch (error) {
    if (toWaggleError(error).code === 'internal') throw error;
  }
}

async function produce(): Promise<void> {
  sent += 1;
  const to = sent % 10 === 0 ? 'all' : inbox;
  await swarm.send({
    to,
    body: { name, sent, text: 'x'.repeat(sent % 400) },
    priority: sent % 7 === 0 ? 'high' : 'normal',
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
}

async function consume(): Promise<void> {
  const messages = await swarm.lease(inbox, { limit: 10, leaseMs, waitMs: 500 });
  for (const message of messages) {
    if (message.gen % 13 === 0 && message.attempt === 1) await swarm.nack(message, { delayMs: 50, reason: 'not now' });
    else await swarm.ack(message);
  }
}
