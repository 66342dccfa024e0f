import { sleep } from '../../clock.ts';
import type { FaultOutcome, Laboratory } from '../laboratory.ts';

/** Long enough for sends to be in flight, short enough that they still are. */
const longestDelayMs = 8;

/** `kill -9` of the hub while sends and acks are on their way, and a new one in its place. */
export async function hubKill({ hub, clock, random, signal, release }: Laboratory): Promise<FaultOutcome> {
  release();
  await sleep(clock, random() * longestDelayMs, signal);
  await hub.kill();
  await hub.start();
  return { acted: 1, detail: 'hub killed with SIGKILL and started again' };
}
