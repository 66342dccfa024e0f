import { loadPeer } from '../packages.ts';
import {
  type Body,
  body,
  countdown,
  inBatches,
  inFlight,
  type Listener,
  type Peer,
  type Place,
  timed,
} from './peer.ts';

interface BullMq {
  Queue: new (
    name: string,
    options: object,
  ) => {
    add(name: string, data: unknown): Promise<unknown>;
    addBulk(jobs: readonly { name: string; data: unknown }[]): Promise<unknown>;
    close(): Promise<void>;
  };
  Worker: new (name: string, work: (job: { data: Body }) => Promise<void>, options: object) => BullWorker;
}

interface BullWorker {
  on(event: 'completed' | 'error', listener: () => void): void;
  waitUntilReady(): Promise<unknown>;
  run(): Promise<void>;
  close(): Promise<void>;
}

const queueName = 'bench';
/** More in one worker was slower when it was tried; so callers are spread over this many workers. */
const mostWorkers = 8;
/** Its advice for queues whose results nobody reads, and faster than keeping them. */
const defaultJobOptions = { removeOnComplete: true };

/** BullMQ on redis over a unix socket, drained by its own workers, which fetch the next job with the completion. */
export async function openBullMq(place: Place): Promise<Peer> {
  const { Queue, Worker } = loadPeer<BullMq>(place.packages, 'bullmq');
  const connection = { path: place.server, maxRetriesPerRequest: null };
  const queue = new Queue(queueName, { connection, defaultJobOptions });
  const drain = async (count: number, callers: number) => {
    const { reached, hit } = countdown(count);
    const length = Math.min(mostWorkers, callers);
    const workers = Array.from({ length }, () => {
      const options = { connection, autorun: false, concurrency: Math.ceil(callers / length) };
      const worker = new Worker(queueName, async () => {}, options);
      worker.on('completed', hit);
      return worker;
    });
    await Promise.all(workers.map((worker) => worker.waitUntilReady()));
    const ms = await timed(() => {
      for (const worker of workers) void worker.run();
      return reached;
    });
    await Promise.all(workers.map((worker) => worker.close()));
    return ms;
  };
  return {
    sendOne: (one) => queue.add('job', one),
    send: (count, callers) => inFlight(count, callers, () => queue.add('job', body)),
    drain,
    sendBatches: (count, size) =>
      inBatches(count, size, (n) => queue.addBulk(Array.from({ length: n }, () => ({ name: 'job', data: body })))),
    // Its workers have no batches; eight of them with one job each were the fastest way through a full queue.
    drainBatches: (count) => drain(count, mostWorkers),
    [Symbol.asyncDispose]: () => queue.close(),
  };
}

/** A BullMQ worker waiting in a process of its own. */
export function listenWithBullMq(place: Place): Listener {
  const { Worker } = loadPeer<BullMq>(place.packages, 'bullmq');
  const connection = { path: place.server, maxRetriesPerRequest: null };
  let worker: BullWorker | undefined;
  return {
    async listen(onMessage) {
      worker = new Worker(queueName, async ({ data }) => onMessage(data), { connection });
      await worker.waitUntilReady();
    },
    async [Symbol.asyncDispose]() {
      await worker?.close();
    },
  };
}
