import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../clock.ts';
import { errorFromDocument, WaggleError } from '../errors.ts';
import type { SwarmDirectory } from '../hub/swarm-directory.ts';

/** What the background hub tells the one who started it, over the channel both share until it is up. */
export type StartReport =
  | { readonly ready: true }
  | { readonly error: { code: string; message: string; details?: Record<string, unknown> } };

/** A hub nobody asked for by name leaves when nobody needs it; the next call starts one again. */
const idleExit = '30m';

/** A starter that died with its claim holds the others up no longer than this. */
const staleClaimMs = 1_500;

/**
 * Starts a hub of its own process group for the directory and resolves to its pid once it listens; to undefined when
 * another client is at it or has won the race, so that a swarm whose hub died does not start one for each of its
 * members. Its output goes to the log. Rejects with the error that kept it from starting.
 */
export async function startHub(directory: SwarmDirectory, clock: Clock): Promise<number | undefined> {
  const claim = `${directory.hubFile}.starting`;
  if (!claimStart(claim, clock)) return undefined;
  try {
    return await spawnHub(directory);
  } finally {
    rmSync(claim, { force: true });
  }
}

/** Only spares work: which hub may write is decided by the writer lock. */
function claimStart(claim: string, clock: Clock): boolean {
  const claimedAt = statSync(claim, { throwIfNoEntry: false })?.mtimeMs;
  if (claimedAt !== undefined && Math.abs(clock.now() - claimedAt) > staleClaimMs) rmSync(claim, { force: true });
  try {
    closeSync(openSync(claim, 'wx', 0o600));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function spawnHub(directory: SwarmDirectory): Promise<number | undefined> {
  const bin = fileURLToPath(new URL('../../bin/waggle.js', import.meta.url));
  const log = openSync(directory.log, 'a', 0o600);
  const child = spawn(process.execPath, [bin, 'up', '--background', '--idle-exit', idleExit, '--dir', directory.path], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    cwd: '/',
  });
  closeSync(log);
  return new Promise((resolve, reject) => {
    child.once('message', (report: StartReport) => {
      child.disconnect();
      child.unref();
      if ('ready' in report) resolve(child.pid);
      else if (report.error.code === 'hub_already_running') resolve(undefined);
      else reject(errorFromDocument(report.error));
    });
    child.once('error', (cause) =>
      reject(new WaggleError('hub_unreachable', `the hub cannot be started: ${cause.message}`, { cause })),
    );
    child.once('exit', (code) => {
      reject(
        new WaggleError('hub_unreachable', `the hub ended at once (exit ${code}); see ${directory.log}`, {
          details: { log: directory.log },
        }),
      );
    });
  });
}
