import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../../clock.ts';
import type { FailpointName } from '../../failpoint.ts';
import { pick } from '../chance.ts';
import type { FaultOutcome, Laboratory } from '../laboratory.ts';

/** Every one is passed by each commit of accepted messages. */
const insideCommit = [
  'store.group.begin',
  'store.accept.inserted',
  'store.commit.before',
  'store.commit.after',
  'stream.reply.before',
] as const satisfies readonly FailpointName[];

/** A frame of the write-ahead log: 24 bytes of header and a page. */
const frameBytes = 24 + 4_096;
const longestWaitMs = 20_000;

/**
 * A write that is torn: the hub dies at a seeded point in the middle of a commit, and half a frame of garbage is what
 * reached the disk last. It is appended behind everything that was written, so nothing synced is touched.
 */
export async function tornWrite(lab: Laboratory): Promise<FaultOutcome> {
  const { hub, workspace, clock, random, signal, release } = lab;
  const point = pick(insideCommit, random);
  await hub.kill();
  await hub.start({ name: point, pass: 1 });
  release();
  const giveUp = new AbortController();
  const died = await Promise.race([
    hub.ended().then(() => true),
    sleep(clock, longestWaitMs, AbortSignal.any([signal, giveUp.signal])).then(() => false),
  ]).finally(() => giveUp.abort(new Error('the hub has ended')));
  if (!died) await hub.kill();
  const bytes = tear(join(workspace.swarm, 'waggle.db-wal'), random);
  await hub.start();
  if (!died) return { acted: 0, detail: `no commit came by ${point} in ${longestWaitMs} ms` };
  return { acted: 1, detail: `hub died at ${point}; ${bytes} bytes of a torn frame were left in the log` };
}

function tear(log: string, random: () => number): number {
  if (!existsSync(log)) return 0;
  const bytes = 1 + Math.floor(random() * (frameBytes - 1));
  appendFileSync(
    log,
    Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256)),
  );
  return bytes;
}
