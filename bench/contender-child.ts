import { setTimeout as pause } from 'node:timers/promises';
import { answerCalls } from './child.ts';
import { type ContenderName, contender } from './contenders.ts';
import { bodyOf, type Peer, type Place } from './peers/peer.ts';
import type { Took, Workload } from './workload.ts';

/** A contender in a process of its own: `contender-child.ts NAME`, driven by `lives.ts`. */
const name = process.argv[2] as ContenderName; // from the parent's own list
let peer: Peer | undefined;

function opened(): Peer {
  if (peer === undefined) throw new Error(`${name} was not opened`);
  return peer;
}

answerCalls({
  async open(place: Place) {
    peer = await contender(name).open(place);
  },
  async fill(count: number) {
    await opened().sendBatches(count, 500);
  },
  async lives(count: number, workload: Workload): Promise<Took> {
    const { callers, batch } = workload;
    const sendMs = await (batch === undefined ? opened().send(count, callers) : opened().sendBatches(count, batch));
    const drainMs = await (batch === undefined ? opened().drain(count, callers) : opened().drainBatches(count, batch));
    return { sendMs, drainMs };
  },
  /** Single sends, each saying when it was sent by the machine's monotonic clock. */
  async ping(count: number, apartMs: number) {
    for (let sent = 0; sent < count; sent += 1) {
      await pause(apartMs);
      await opened().sendOne(bodyOf(Number(process.hrtime.bigint()) / 1e6));
    }
  },
  async close() {
    await peer?.[Symbol.asyncDispose]();
  },
});
