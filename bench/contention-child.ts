import { connectSwarm } from '../src/sdk/connect.ts';
import { answerCalls } from './child.ts';
import { body } from './peers/peer.ts';
import { SharedSqlite } from './peers/shared-sqlite.ts';
import { addInbox } from './peers/waggle.ts';

/** One of several client processes: `contention-child.ts hub DIR INBOX` or `contention-child.ts file FILE INBOX`. */
const [kind = '', where = '', inbox = ''] = process.argv.slice(2);

interface Client {
  send(): Promise<unknown>;
  lease(): Promise<{ id: never; gen: number } | undefined>;
  ack(ref: { id: never; gen: number }): Promise<void>;
  close(): Promise<void> | void;
}

export interface Share {
  readonly lives: number;
  /** Milliseconds of every call; the last of each caller is waited for and counts in full, however late it ends. */
  readonly calls: readonly number[];
}

let client: Client | undefined;

async function open(): Promise<Client> {
  if (kind === 'file') {
    const queue = new SharedSqlite(where);
    const text = JSON.stringify(body);
    return {
      send: () => queue.send(inbox, text),
      lease: () => queue.lease(inbox) as ReturnType<Client['lease']>, // ids are opaque here
      ack: (ref) => queue.ack(ref),
      close: () => queue.close(),
    };
  }
  const swarm = await connectSwarm({ dir: where, start: false });
  await addInbox(swarm, inbox);
  return {
    send: () => swarm.send({ to: inbox, from: inbox, body }),
    lease: async () => (await swarm.lease(inbox))[0] as Awaited<ReturnType<Client['lease']>>, // ids are opaque here
    ack: (ref) => swarm.ack(ref),
    close: () => swarm.close(),
  };
}

/** Whole lives, `callers` at once, until the time is over. */
async function live(client: Client, callers: number, forMs: number): Promise<Share> {
  const calls: number[] = [];
  const until = performance.now() + forMs;
  let lives = 0;
  const called = async <T>(call: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await call();
    calls.push(performance.now() - started);
    return result;
  };
  const caller = async () => {
    while (performance.now() < until) {
      await called(() => client.send());
      const message = await called(() => client.lease());
      if (message === undefined) continue;
      await called(() => client.ack(message));
      lives += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { lives, calls };
}

answerCalls({
  async open() {
    client = await open();
  },
  async live(callers: number, forMs: number) {
    if (client === undefined) throw new Error('not opened');
    return live(client, callers, forMs);
  },
  async close() {
    await client?.close();
  },
});
