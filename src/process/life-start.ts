import { type Clock, sleep } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import { identityOf, judgeIdentity, type ProcessTable, processesWithNonce } from './identity.ts';
import type { ProcessIdentity } from './process.ts';
import type { Launch, Life, Sighting } from './process-host.ts';
import type { EndRecord, RunFolder } from './run-folder.ts';

/** The process that starts the program is a start of Node; on a crowded machine that takes seconds. */
const startMs = 20_000;
const lookEveryMs = 10;

/** Waits for what the starting process writes down; when time is up, claims the life, so that it never starts later. */
export async function whenStarted(
  folder: RunFolder,
  launch: Pick<Launch, 'agent' | 'command'>,
  clock: Clock,
  hasStarterEnded: () => boolean,
): Promise<ProcessIdentity> {
  const deadline = clock.monotonic() + startMs;
  for (;;) {
    // Before the look: what ended has written all it ever will.
    const hasEnded = hasStarterEnded();
    const isOver = hasEnded || clock.monotonic() > deadline;
    const end = folder.readEnd();
    if (end?.neverRan === true) throw startFailed(launch, end.exit.reason ?? 'it could not be started');
    const start = folder.readStart();
    if (start !== undefined) return start.identity;
    if (isOver && folder.claim(undefined)) {
      throw startFailed(launch, hasEnded ? 'its shim ended at once' : `it did not start in ${startMs / 1_000} s`);
    }
    if (isOver) {
      const { agent } = launch;
      throw new WaggleError(
        'timeout',
        `agent ${agent}: whether it started is not known yet; see waggle agent show ${agent}`,
        { details: { id: agent } },
      );
    }
    await sleep(clock, lookEveryMs);
  }
}

/** What can be told of a life before its start is written down; one that nobody has begun never will after this look. */
export function lookBeforeStart(folder: RunFolder, { nonce }: Life, table: ProcessTable): Sighting {
  // Whoever claims first has decided: a shim that comes later starts nothing.
  if (!folder.exists || folder.claim(undefined)) return never('the hub ended before it was started');
  const claim = folder.readClaim();
  if (claim === 'void') return never('the hub ended before it was started');
  const shimVerdict = claim === 'unreadable' ? 'gone' : judgeIdentity(claim, nonce, table);
  if (shimVerdict === 'same') return { state: 'starting' };
  if (shimVerdict === 'unknown') return { state: 'unknown', reason: 'whether its shim lives cannot be told' };
  const found = processesWithNonce(nonce, table);
  if (found.some(({ isShim }) => isShim)) return { state: 'starting' };
  const [leader] = found.filter(({ pid, group }) => pid === group);
  if (leader !== undefined) return { state: 'running', identity: identityOf(leader.pid, table) };
  const end = folder.readEnd();
  return end === undefined ? never('its shim was killed before it ran') : sightingOf(end);
}

export function sightingOf({ exit, neverRan = false }: EndRecord): Sighting {
  return neverRan ? never(exit.reason ?? 'it could not be started') : { state: 'ended', exit };
}

export function startFailed({ agent, command }: Pick<Launch, 'agent' | 'command'>, reason: string): WaggleError {
  const [program = ''] = command;
  return new WaggleError('start_failed', `agent ${agent}: ${program} did not run: ${reason}`, {
    details: { id: agent, program, reason },
  });
}

function never(reason: string): Sighting {
  return { state: 'failed', reason };
}
