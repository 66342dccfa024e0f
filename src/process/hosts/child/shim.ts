import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { type Clock, sleep } from '../../../clock.ts';
import { failpoint } from '../../../failpoint.ts';
import { identityOf } from '../../identity.ts';
import { LogWriter } from '../../log-writer.ts';
import type { ProcessExit } from '../../process.ts';
import { signalGroup } from '../../process-group.ts';
import { RunFolder } from '../../run-folder.ts';

/**
 * What the hub asks of a shim travels as a signal, for a shim is recognised for certain; and is passed on to the
 * agent's whole group. */
export const shimSignals = { interrupt: 'SIGINT', terminate: 'SIGTERM', kill: 'SIGUSR2' } as const;
/** The end is told at most this long after the exit while a child of the agent still holds its pipes open. */
const lastOutputMs = 500;

/**
 * The parent of one agent, in a process of its own, so that neither pipes nor exit status depend on the hub's life. It
 * starts the program unless a hub has decided that it never shall, and ends when the program's output has ended.
 */
export async function runShim(runPath: string, clock: Clock): Promise<void> {
  const folder = new RunFolder(runPath);
  const launch = folder.readLaunch();
  const shim = identityOf(process.pid);
  if (!folder.claim(shim)) return;
  failpoint('process.claimed');
  const [program = '', ...args] = launch.command;
  const child = spawn(program, args, {
    cwd: launch.cwd,
    env: { ...launch.environment },
    // A session and a group of its own: a signal to the group reaches the agent's children and nobody else.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  passSignalsOn(child);
  const log = new LogWriter(join(dirname(runPath), 'output.log'));
  child.stdout?.on('data', (chunk: Buffer) => log.write(chunk));
  child.stderr?.on('data', (chunk: Buffer) => log.write(chunk));
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => resolve(code === null ? { signal: signal ?? 'unknown' } : { code }));
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failure = await new Promise<Error | undefined>((resolve) => {
    child.once('spawn', () => resolve(undefined));
    child.once('error', resolve);
  });
  if (failure !== undefined) {
    folder.recordEnd({ exit: { reason: `it could not be started: ${failure.message}` }, neverRan: true });
    return;
  }
  failpoint('process.spawned');
  folder.recordStart({ identity: identityOf(child.pid ?? 0), shim });
  folder.dropLaunch();
  failpoint('process.recorded');
  const exit = await exited;
  // What the agent said last is in its log before anybody is told of its end, unless somebody still holds the pipe.
  await Promise.race([closed, sleep(clock, lastOutputMs)]);
  failpoint('process.exited');
  folder.recordEnd({ exit });
  failpoint('process.end.recorded');
  await closed;
  log.close();
}

function passSignalsOn(child: ChildProcess): void {
  for (const name of ['interrupt', 'terminate', 'kill'] as const) {
    process.on(shimSignals[name], () => {
      // A child that was not collected yet keeps its number; after that there is nobody to signal.
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      signalGroup(child.pid, name);
    });
  }
  process.on('SIGHUP', () => {}); // the terminal it was started from is not its business
}
