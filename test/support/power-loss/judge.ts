import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { defaultBackoff, type Random } from '../../../src/backoff.ts';
import { systemClock } from '../../../src/clock.ts';
import { WaggleError } from '../../../src/errors.ts';
import { readMarker, swarmDirectory } from '../../../src/hub/swarm-directory.ts';
import type { MessageId } from '../../../src/ids.ts';
import { defaultLimits } from '../../../src/message/limits.ts';
import { inspectStore } from '../../../src/store/sqlite/inspect.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import type { Remains } from './disk.ts';
import type { Promises } from './promises.ts';

export interface Verdict {
  /** The store could not be opened, or is damaged. */
  readonly corrupt: readonly string[];
  /** Accepted with an answer, and gone or altered. */
  readonly lost: readonly string[];
  /** Settled with an answer, and back. */
  readonly back: readonly string[];
  /** A lease that was promised to one consumer and given to another, or a settle that went through where it must not. */
  readonly unfenced: readonly string[];
  /** Never sent by anybody. */
  readonly phantom: readonly string[];
}

/** Puts what the cut left into `folder`, in the place of `root`. */
export function materialise(remains: Remains, root: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const [path, bytes] of remains) {
    const file = join(folder, relative(root, path));
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, bytes, { mode: 0o600 });
  }
}

/** Starts on what is left, as the next hub would, and compares it with what clients had been told. */
export async function judge(folder: string, promises: Promises, random: Random): Promise<Verdict> {
  const directory = swarmDirectory(join(folder, '.waggle'));
  mkdirSync(directory.path, { recursive: true, mode: 0o700 });
  // The reserve of a full disk is not what is tried here, and sixteen megabytes for each cut are.
  writeFileSync(`${directory.store}.ballast`, '');
  let store: SqliteStore;
  try {
    const marker = readMarker(directory);
    store = await openSqliteStore({
      file: directory.store,
      clock: new ManualClock(systemClock.now()),
      random,
      limits: defaultLimits,
      backoff: defaultBackoff,
      ...(marker === undefined ? {} : { expectSwarmId: marker.swarmId }),
    });
  } catch (error) {
    return { corrupt: [String(error)], lost: [], back: [], unfenced: [], phantom: [] };
  }
  try {
    const found = await compare(store, promises);
    const unfenced = await tryOldLeases(store, promises, random);
    const corrupt = inspectStore(directory.store).problems.map(({ what, detail }) => `${what}: ${detail}`);
    return { ...found, unfenced, corrupt };
  } finally {
    await store.close();
  }
}

async function compare(store: SqliteStore, promises: Promises): Promise<Pick<Verdict, 'lost' | 'back' | 'phantom'>> {
  const lost: string[] = [];
  const back: string[] = [];
  for (const [id, body] of promises.accepted) {
    const message = await store.messages.get(id).catch(() => undefined);
    if (message === undefined) lost.push(`${id} is gone`);
    else if (message.body !== body) lost.push(`${id} was altered`);
    const settled = promises.settled.get(id);
    if (message !== undefined && settled !== undefined && message.state !== settled) {
      back.push(`${id} was ${settled} and is ${message.state}`);
    }
  }
  const phantom: string[] = [];
  for (const { id: agent } of await store.agents.list()) {
    for (const message of await store.messages.peek(agent, 50)) {
      if (!promises.sent.has(message.body)) phantom.push(`${message.id} was never sent`);
    }
  }
  return { lost, back, phantom };
}

/**
 * Consumers of other processes outlive the cut and go on with the lease they were told of. Leases are committed lazily,
 * so the store may not know it any more. Then their settle is refused; and whatever is leased anew has a later gen.
 */
async function tryOldLeases(store: SqliteStore, promises: Promises, random: Random): Promise<string[]> {
  const problems: string[] = [];
  if (random() < 0.5) {
    for (const { id: inbox } of await store.agents.list()) {
      for (const { id, gen } of await store.messages.lease({ inbox, limit: 3, leaseMs: 60_000 })) {
        if (gen <= promises.highestGen) problems.push(`${id} was leased with ${gen}, a number given out before`);
      }
    }
  }
  for (const [id, gen] of [...promises.held].slice(-5)) {
    const before = await store.messages.get(id).catch(() => undefined);
    const holds = before?.state === 'leased' && before.gen === gen;
    // The id is as its consumer was told it.
    const outcome = await store.messages.ack({ id: id as MessageId, gen }).then(
      () => 'acked',
      (error: unknown) => (error instanceof WaggleError ? error.code : String(error)),
    );
    const after = await store.messages.get(id).catch(() => undefined);
    if (outcome !== (holds ? 'acked' : 'lease_lost'))
      problems.push(`${id} ${before?.state}: the old ack got ${outcome}`);
    if (!holds && JSON.stringify(before) !== JSON.stringify(after)) problems.push(`${id} was changed by a refused ack`);
  }
  return problems;
}
