import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorFromDocument, WaggleError } from '../errors.ts';
import type { SwarmDirectory } from '../hub/swarm-directory.ts';

/** What the background hub tells the one who started it, over the channel both share until it is up. */
export type StartReport =
  | { readonly ready: true }
  | { readonly error: { code: string; message: string; details?: Record<string, unknown> } };

/** A hub nobody asked for by name leaves when nobody needs it; the next call starts one again. */
const idleExit = '30m';

/**
 * Starts a hub of its own process group for the directory and resolves to its pid once it listens; to undefined when
 * another one won the race. Its output goes to the log. Rejects with the error that kept it from starting.
 */
export function startHub(directory: SwarmDirectory): Promise<number | undefined> {
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
