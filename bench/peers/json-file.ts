import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { body, inBatches, inFlight, type Peer, type Place } from './peer.ts';

interface Entry {
  readonly id: number;
  readonly content: unknown;
  status: 'PENDING' | 'PROCESSING';
}

/**
 * The algorithm that Waggle replaces: the whole queue in one JSON file, loaded, changed and rewritten by every step,
 * synced here so that its durability is ours. Delivered entries are taken out (it kept them), so that the file stays as
 * long as it is said to be.
 */
export async function openJsonFile(place: Place): Promise<Peer> {
  const file = join(place.folder, 'queue.json');
  writeFileSync(file, '[]');
  const change = async (step: (entries: Entry[]) => void) => {
    const entries = JSON.parse(readFileSync(file, 'utf8')) as Entry[]; // written below
    step(entries);
    const handle = openSync(file, 'w');
    writeFileSync(handle, JSON.stringify(entries));
    fsyncSync(handle);
    closeSync(handle);
  };
  const add = (count: number) =>
    change((entries) => {
      for (let n = 0; n < count; n += 1) entries.push({ id: entries.length, content: body, status: 'PENDING' });
    });
  const take = async (count: number) => {
    await change((entries) => {
      for (const entry of entries.filter(({ status }) => status === 'PENDING').slice(0, count)) {
        entry.status = 'PROCESSING';
      }
    });
    await change((entries) => {
      for (let n = 0; n < count; n += 1) {
        const at = entries.findIndex(({ status }) => status === 'PROCESSING');
        if (at >= 0) entries.splice(at, 1);
      }
    });
  };
  return {
    sendOne: () => add(1),
    send: (count) => inFlight(count, 1, () => add(1)),
    drain: (count) => inFlight(count, 1, () => take(1)),
    sendBatches: (count, size) => inBatches(count, size, add),
    drainBatches: (count, size) => inBatches(count, size, take),
    async [Symbol.asyncDispose]() {},
  };
}
