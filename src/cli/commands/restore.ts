import { existsSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { noteRestored } from '../../audit/log-witness.ts';
import { sleep } from '../../clock.ts';
import { toWaggleError, WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import {
  findSwarmDirectory,
  newSwarmDirectory,
  prepareSwarmDirectory,
  readMarker,
  type SwarmDirectory,
  writeMarker,
} from '../../hub/swarm-directory.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { Since, StoreFacts } from '../../store/sqlite/store-facts.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { requireOperator } from '../require-operator.ts';
import { connectedHub, stopHub } from './status.ts';

/**
 * How far the epoch is raised when nobody can tell how often the store was opened since the backup: more often than any
 * swarm restarts its hub between two backups, and 32 such restores fit into what a sequence can hold.
 */
const unknownEpochs = 65_536;
/** The same for the versions of contexts: more changes than one namespace sees between two backups. */
const unknownVersions = 1_000_000;
/** How long a hub that has closed its doors may take to close its store. */
const lockWaitMs = 10_000;

/** Puts a backup in the place of the store. Nothing is changed before the backup has proven sound; nothing is deleted. */
export const restore: CommandAction = async (call, context) => {
  requireOperator('waggle restore', context);
  const backup = resolve(context.cwd, call.arg(0));
  const { requireOurHeader } = await import('../../store/sqlite/store-facts.ts');
  requireOurHeader(backup);
  const wasStopped = call.flag('stop-hub') && (await stopRunningHub(context));
  const path = findSwarmDirectory(context.dir, context.cwd) ?? newSwarmDirectory(context.dir, context.cwd);
  const isNew = !existsSync(path);
  const directory = prepareSwarmDirectory(path);
  try {
    using _lock = await lockStore(directory, wasStopped ? lockWaitMs : 0, context);
    const done = await replace(backup, directory, { mayReplaceOther: call.flag('force'), context });
    report({ ...done, file: backup, directory: path }, context);
    return undefined;
  } catch (error) {
    // A folder that was made for a backup that cannot be used goes again.
    if (isNew && !existsSync(directory.store)) rmSync(path, { recursive: true, force: true });
    throw toWaggleError(error);
  }
};

interface Restored {
  readonly facts: StoreFacts;
  /** What the replaced store went on to do after the backup; undefined when it could not be read, null when none stood. */
  readonly since: Since | undefined | null;
  readonly aside: string | undefined;
}

async function replace(
  backup: string,
  directory: SwarmDirectory,
  { mayReplaceOther, context }: { mayReplaceOther: boolean; context: Context },
): Promise<Restored> {
  const { clock } = context;
  const { presentFacts } = await import('../../store/sqlite/store-facts.ts');
  const { prepareRestoredCopy } = await import('../../store/sqlite/restored-copy.ts');
  const { replaceStore } = await import('../../store/sqlite/replace-store.ts');
  const { store } = directory;
  const stands = existsSync(store) || existsSync(`${store}-wal`);
  const marked = knownSwarm(directory);
  const known = marked ?? presentFacts(store, 0)?.facts.swarmId;
  const draft = `${store}.restoring`;
  const facts = prepareRestoredCopy({
    backup,
    draft,
    clock,
    used: ({ swarmId, epoch, lastSeq, contextVersion }) => {
      if (known !== undefined && known !== swarmId && !mayReplaceOther)
        throw otherSwarm(backup, swarmId, known, directory);
      const present = presentFacts(store, lastSeq)?.facts;
      return present?.swarmId === swarmId
        ? {
            epoch: Math.max(present.epoch, epoch),
            contextVersion: Math.max(present.contextVersion, contextVersion),
          }
        : { epoch: epoch + unknownEpochs, contextVersion: contextVersion + unknownVersions };
    },
  });
  const present = presentFacts(store, facts.lastSeq);
  const since = present?.facts.swarmId === facts.swarmId ? present.since : stands ? undefined : null;
  const stamp = new Date(clock.now()).toISOString().replaceAll(/[-:.]/g, '');
  const aside = join(dirname(store), `replaced-${stamp}.db`);
  const isOther = marked !== facts.swarmId;
  // Without a marker a hub takes the store it finds, the old or the new one, for its own.
  if (isOther) rmSync(directory.marker, { force: true });
  failpoint('restore.marker.removed');
  replaceStore({ store, draft, aside });
  // The log tells of rows that are not in this store, or of another swarm's: they are not missed from now on.
  noteRestored(directory.log, clock.now(), isOther ? 0 : facts.auditRows);
  if (isOther) writeMarker(directory, { swarmId: facts.swarmId, createdAt: new Date(clock.now()).toISOString() });
  failpoint('restore.done');
  return { facts, since, aside: stands ? aside : undefined };
}

/** The swarm this directory says it is. An unreadable marker says nothing, and is written anew. */
function knownSwarm(directory: SwarmDirectory): string | undefined {
  try {
    return readMarker(directory)?.swarmId;
  } catch {
    return undefined;
  }
}

function otherSwarm(backup: string, found: string, known: string, { path }: SwarmDirectory): WaggleError {
  return new WaggleError(
    'already_exists',
    `${backup} is of another swarm (${found}) than ${path} (${known}); restore it elsewhere with --dir, or replace this swarm with --force`,
    { details: { found, known } },
  );
}

async function stopRunningHub(context: Context): Promise<boolean> {
  const hub = await connectedHub(context);
  if (hub === undefined) return false;
  await stopHub(hub, context);
  context.output.note(`hub ${hub.status.pid} was stopped; the next command starts it again`);
  return true;
}

/** No hub can start while it is held. A hub that was told to stop gives it up last of all, so it is waited for. */
async function lockStore({ store }: SwarmDirectory, waitMs: number, { clock, stop }: Context): Promise<Disposable> {
  const { acquireWriterLock } = await import('../../store/sqlite/writer-lock.ts');
  const deadline = clock.monotonic() + waitMs;
  for (;;) {
    try {
      return acquireWriterLock(store);
    } catch (error) {
      const isHeld = error instanceof WaggleError && error.code === 'hub_already_running';
      if (!isHeld || clock.monotonic() >= deadline) throw error;
      await sleep(clock, 25, stop);
    }
  }
}

function report(done: Restored & { file: string; directory: string }, { output, json, clock }: Context): void {
  const { facts, since, aside, file, directory } = done;
  const { messages, lastSeq, swarmId, takenAt } = facts;
  if (json) {
    const lost = since === null ? {} : { lost: since ?? null };
    output.json(renderJson({ file, directory, messages, lastSeq, swarmId, takenAt, replaced: aside ?? null, ...lost }));
    return;
  }
  const age = takenAt === undefined ? '' : `, taken ${relativeTime(takenAt, clock.now())}`;
  output.line(`${output.style.good('restored')} ${plainLine(directory)}: ${messages} messages${age}`);
  if (since === undefined)
    output.line('what happened after the backup is not known: the replaced store cannot be read');
  else if (since !== null) {
    output.line(
      since.lastSeq <= lastSeq
        ? 'nothing had happened after the backup'
        : `not in it: ${since.accepted} messages accepted and ${since.acked} acked after the backup (sequences ${lastSeq + 1} to ${since.lastSeq})`,
    );
  }
  if (aside !== undefined) output.line(`the replaced store is kept as ${plainLine(aside)}`);
}
