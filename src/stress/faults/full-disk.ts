import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../../clock.ts';
import type { FaultOutcome, Laboratory } from '../laboratory.ts';
import { narrowInbox } from '../workspace.ts';

const lookEveryMs = 20;
const longestWaitMs = 10_000;
const largestPiece = 1024 * 1024;

/**
 * Fills the small disk the swarm lies on to its last byte, waits for the hub to refuse, and frees it again. Where no
 * disk could be mounted (that takes root), inboxes of three messages stand in: refusals too, of another kind.
 */
export async function fullDisk(lab: Laboratory): Promise<FaultOutcome> {
  return lab.workspace.hasSmallDisk ? fill(lab) : wait(lab);
}

async function fill(lab: Laboratory): Promise<FaultOutcome> {
  const hog = join(lab.workspace.disk, 'hog');
  fillDisk(hog);
  lab.release();
  const refused = await refusals(lab, 'disk_full');
  rmSync(hog);
  return { acted: refused, detail: `${refused} sends refused on a full disk` };
}

/** To the last byte, whatever others write meanwhile. */
function fillDisk(hog: string): void {
  const handle = openSync(hog, 'w', 0o600);
  try {
    for (let size = largestPiece; size >= 1; ) {
      try {
        writeSync(handle, new Uint8Array(size));
      } catch {
        size = Math.floor(size / 2);
      }
    }
  } finally {
    closeSync(handle);
  }
}

async function wait(lab: Laboratory): Promise<FaultOutcome> {
  for (const consumer of lab.consumers) consumer.order({ do: 'slow', ms: lookEveryMs });
  lab.release();
  const refused = await refusals(lab, 'queue_full');
  for (const consumer of lab.consumers) consumer.order({ do: 'slow', ms: 0 });
  const instead = `no disk could be mounted (needs root), so inboxes held ${narrowInbox} messages`;
  return { acted: refused, detail: `${instead}; ${refused} sends refused` };
}

async function refusals({ tally, clock, signal }: Laboratory, code: string): Promise<number> {
  const before = tally.refusals(code);
  const endsAt = clock.monotonic() + longestWaitMs;
  while (clock.monotonic() < endsAt && tally.refusals(code) === before) await sleep(clock, lookEveryMs, signal);
  return tally.refusals(code) - before;
}
