import { join } from 'node:path';
import { loadPeer } from '../packages.ts';
import { body, inBatches, inFlight, type Peer, type Place } from './peer.ts';

interface Plainjob {
  better(db: unknown): { pragma(text: string): void };
  defineQueue(options: { connection: unknown; logger: Record<'error' | 'warn' | 'info' | 'debug', () => void> }): {
    add(type: string, data: unknown): { id: number };
    addMany(type: string, data: readonly unknown[]): { ids: number[] };
    getAndMarkJobAsProcessing(type: string): { id: number } | undefined;
    getJobById(id: number): { data: string } | undefined;
    markJobAsDone(id: number): void;
    close(): void;
  };
}

/**
 * plainjob over better-sqlite3. It sets `synchronous = NORMAL` when a queue is defined; the durable rows force it to
 * FULL, so that each call is synced before it returns, as ours are. Its calls are synchronous and its worker takes one
 * job after the other, so the number of callers changes nothing.
 */
export async function openPlainjob(place: Place): Promise<Peer> {
  const { better, defineQueue } = loadPeer<Plainjob>(place.packages, 'plainjob');
  const Database = loadPeer<new (file: string) => unknown>(place.packages, 'better-sqlite3');
  const connection = better(new Database(join(place.folder, 'plainjob.db')));
  const quiet = () => {};
  const queue = defineQueue({ connection, logger: { error: quiet, warn: quiet, info: quiet, debug: quiet } });
  if (place.durability !== 'relaxed') connection.pragma('synchronous = FULL');
  const drain = (count: number) =>
    inFlight(count, 1, async () => {
      const job = queue.getAndMarkJobAsProcessing('bench');
      if (job === undefined) throw new Error('plainjob: a job is missing');
      JSON.parse(queue.getJobById(job.id)?.data ?? '');
      queue.markJobAsDone(job.id);
    });
  return {
    sendOne: async (one) => queue.add('bench', one),
    send: (count) => inFlight(count, 1, async () => queue.add('bench', body)),
    drain,
    sendBatches: (count, size) =>
      inBatches(count, size, async (n) =>
        queue.addMany(
          'bench',
          Array.from({ length: n }, () => body),
        ),
      ),
    drainBatches: drain,
    async [Symbol.asyncDispose]() {
      queue.close();
    },
  };
}
