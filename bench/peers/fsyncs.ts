import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { inFlight, type Peer, type Place } from './peer.ts';

/**
 * What the disk allows one caller: a life of three steps, each nothing but 4 KiB appended and synced. Its lives per
 * second are a third of the raw fsyncs per second.
 */
export async function openFsyncs(place: Place): Promise<Peer> {
  const file = openSync(join(place.folder, 'fsyncs'), 'w');
  const page = Buffer.alloc(4_096, 1);
  const step = async () => {
    writeSync(file, page);
    fsyncSync(file);
  };
  const send = (count: number) => inFlight(count, 1, step);
  const drain = (count: number) => inFlight(2 * count, 1, step);
  return {
    sendOne: step,
    send,
    drain,
    sendBatches: send,
    drainBatches: drain,
    async [Symbol.asyncDispose]() {
      closeSync(file);
    },
  };
}
