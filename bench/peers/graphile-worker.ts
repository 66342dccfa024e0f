import { loadPeer } from '../packages.ts';
import { body, countdown, inBatches, inFlight, type Peer, type Place, timed } from './peer.ts';

interface Graphile {
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJob(task: string, payload: unknown): Promise<unknown>;
    addJobs(jobs: readonly { identifier: string; payload: unknown }[]): Promise<unknown>;
    release(): Promise<void>;
  }>;
  run(options: object): Promise<{ stop(): Promise<void> }>;
  Logger: new (factory: () => () => void) => unknown;
}

/**
 * graphile-worker with what its page on performance advises: jobs pulled into a local queue, completions batched. Its
 * runner starts with the clock running (tens of milliseconds): it cannot be opened without fetching.
 */
export async function openGraphileWorker(place: Place): Promise<Peer> {
  const { makeWorkerUtils, run, Logger } = loadPeer<Graphile>(place.packages, 'graphile-worker');
  const logger = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ connectionString: place.server, maxPoolSize: 16, logger });
  await utils.migrate();
  const drain = async (count: number, callers: number) => {
    const { reached, hit } = countdown(count);
    let runner: { stop(): Promise<void> } | undefined;
    const ms = await timed(async () => {
      runner = await run({
        connectionString: place.server,
        logger,
        noHandleSignals: true,
        taskList: { bench: async () => hit() },
        preset: {
          worker: {
            concurrentJobs: callers,
            maxPoolSize: 16,
            ...(callers === 1 ? {} : { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }),
          },
        },
      });
      await reached;
    });
    await runner?.stop();
    return ms;
  };
  return {
    sendOne: (one) => utils.addJob('bench', one),
    send: (count, callers) => inFlight(count, callers, () => utils.addJob('bench', body)),
    drain,
    sendBatches: (count, size) =>
      inBatches(count, size, (n) =>
        utils.addJobs(Array.from({ length: n }, () => ({ identifier: 'bench', payload: body }))),
      ),
    drainBatches: (count, size) => drain(count, size),
    async [Symbol.asyncDispose]() {
      await utils.release();
    },
  };
}
