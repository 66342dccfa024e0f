import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';

export interface ProgramRun {
  /** Absolute path of the program, and its arguments; no shell reads them. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Given on standard input. */
  readonly input: string;
  /** Everything it says is appended here: it may outlive us. */
  readonly log: string;
  /** Stops waiting; the program goes on. */
  readonly signal: AbortSignal;
}

/** `never-ran`: nothing was done. `left`: it still ran when the signal came. */
export type ProgramEnd =
  | { readonly end: 'exited'; readonly code: number | null; readonly said: string }
  | { readonly end: 'left' }
  | { readonly end: 'never-ran'; readonly reason: string };

/** Of what it said last, so much is told when it failed. */
const tailBytes = 2_000;

/** Runs a program to its end, in a group of its own, so that a hub that stops does not cut short what it does. */
export function runProgram({ program, args, cwd, environment, input, log, signal }: ProgramRun): Promise<ProgramEnd> {
  if (signal.aborted) return Promise.resolve({ end: 'never-ran', reason: 'the hub is stopping' });
  mkdirSync(dirname(log), { recursive: true, mode: 0o700 });
  const output = openSync(log, 'a+', 0o600);
  const before = fstatSync(output).size;
  return new Promise<ProgramEnd>((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...environment },
      stdio: ['pipe', output, output],
      detached: true,
    });
    const onAbort = () => {
      child.removeAllListeners('exit');
      child.unref();
      resolve({ end: 'left' });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error) => resolve({ end: 'never-ran', reason: error.message }));
    child.once('exit', (code) => {
      signal.removeEventListener('abort', onAbort);
      resolve({ end: 'exited', code, said: lastWords(output, before) });
    });
    child.stdin?.on('error', () => {}); // it did not read to the end: its exit says what that means
    child.stdin?.end(input);
  }).finally(() => closeSync(output));
}

function lastWords(file: number, from: number): string {
  const { size } = fstatSync(file);
  const start = Math.max(from, size - tailBytes);
  const bytes = Buffer.alloc(Math.max(0, size - start));
  readSync(file, bytes, 0, bytes.length, start);
  return bytes.toString('utf8').trim();
}
