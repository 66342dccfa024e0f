import { loadPeer } from '../packages.ts';
import { body, inBatches, inFlight, type Peer, type Place } from './peer.ts';

interface Boss {
  on(event: 'error', listener: () => void): void;
  start(): Promise<unknown>;
  createQueue(name: string): Promise<void>;
  send(name: string, data: object): Promise<string | null>;
  insert(name: string, jobs: readonly { data: object }[]): Promise<unknown>;
  fetch(name: string, options: { batchSize: number }): Promise<{ id: string }[]>;
  complete(name: string, ids: readonly string[]): Promise<unknown>;
  stop(options: object): Promise<void>;
}

const queueName = 'bench';

/** pg-boss over its own pool; `fetch` and `complete`, which its workers are made of, without their polling pauses. */
export async function openPgBoss(place: Place): Promise<Peer> {
  const { PgBoss } = loadPeer<{ PgBoss: new (options: object) => Boss }>(place.packages, 'pg-boss');
  // Callers wait for a connection of the pool; on a busy machine longer than its default of ten seconds.
  const connection = { connectionString: place.server, max: 16, connectionTimeoutMillis: 300_000 };
  const boss = new PgBoss({ ...connection, supervise: false, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue(queueName);
  const take = async (batchSize: number) => {
    const jobs = await boss.fetch(queueName, { batchSize });
    if (jobs.length !== batchSize) throw new Error(`pg-boss: ${batchSize - jobs.length} jobs are missing`);
    await boss.complete(
      queueName,
      jobs.map(({ id }) => id),
    );
  };
  return {
    sendOne: (one) => boss.send(queueName, one),
    send: (count, callers) => inFlight(count, callers, () => boss.send(queueName, body)),
    drain: (count, callers) => inFlight(count, callers, () => take(1)),
    sendBatches: (count, size) =>
      inBatches(count, size, (n) =>
        boss.insert(
          queueName,
          Array.from({ length: n }, () => ({ data: body })),
        ),
      ),
    drainBatches: (count, size) => inBatches(count, size, take),
    async [Symbol.asyncDispose]() {
      await boss.stop({ graceful: false, close: true });
    },
  };
}
