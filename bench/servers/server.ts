import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

/** A server of a peer, started for one run on loopback alone, with its files in a folder of the run. */
export interface Server extends AsyncDisposable {
  /** What a peer connects to. */
  readonly address: string;
}

export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** Starts a program and waits until `isUp`; its end is a failure of the run and says what it printed last. */
export async function startProgram(program: Program, isUp: () => Promise<boolean>): Promise<AsyncDisposable> {
  const { file, args, ...options } = program;
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let tail = '';
  const keep = (chunk: Buffer) => {
    tail = `${tail}${chunk.toString('utf8')}`.slice(-2_000);
  };
  // A run that ends in the middle takes its servers with it.
  const endWithRun = () => child.kill('SIGINT');
  process.once('exit', endWithRun);
  child.once('exit', () => process.off('exit', endWithRun));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${tail}`)));
  });
  failed.catch(() => {});
  for (let tries = 0; ; tries += 1) {
    if (await Promise.race([isUp().catch(() => false), failed])) break;
    if (tries > 300) throw new Error(`${file} did not come up: ${tail}`);
    await Promise.race([pause(50), failed]);
  }
  return { [Symbol.asyncDispose]: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGINT');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(late);
}
