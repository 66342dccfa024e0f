import { accessSync, closeSync, constants, openSync, readSync } from 'node:fs';
import { failpoint } from '../../../failpoint.ts';
import { identityOf } from '../../identity.ts';
import type { Launch } from '../../process-host.ts';
import { resolveProgram } from '../../resolve-program.ts';
import { RunFolder } from '../../run-folder.ts';

/**
 * What a pane begins with: it becomes the agent's program, in place, once everything is written down. Program, arguments,
 * folder and environment come from a file, so that tmux never reads a word of them.
 */
export function becomeProgram(runPath: string, terminal: NodeJS.ProcessEnv): void {
  const folder = new RunFolder(runPath);
  const launch = folder.readLaunch();
  const identity = identityOf(process.pid);
  if (!folder.claim(identity)) return;
  failpoint('process.claimed');
  const environment = { ...launch.environment, ...ofTerminal(terminal) };
  const words = readied(launch, environment['PATH']);
  if (typeof words === 'string') {
    folder.recordEnd({ exit: { reason: `it could not be started: ${words}` }, neverRan: true });
    return;
  }
  folder.recordStart({ identity });
  folder.dropLaunch();
  failpoint('process.recorded');
  if (process.execve === undefined) throw new Error('this Node cannot replace itself by a program');
  process.execve(words.file, [...words.argv], environment);
}

/** In its folder, with what is to be run there; or why that cannot be. */
function readied({ command, cwd }: Launch, path: string | undefined): ReturnType<typeof executable> {
  try {
    process.chdir(cwd);
    return executable(command, cwd, path);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What only the terminal itself can say. */
function ofTerminal({ TERM, TMUX, TMUX_PANE }: NodeJS.ProcessEnv): Record<string, string> {
  return {
    ...(TERM === undefined ? {} : { TERM }),
    ...(TMUX === undefined ? {} : { TMUX }),
    ...(TMUX_PANE === undefined ? {} : { TMUX_PANE }),
  };
}

/** What execvp(3) would run; or why nothing can be, as far as that can be told before trying, for trying is final. */
export function executable(
  [name = '', ...args]: readonly string[],
  cwd: string,
  path: string | undefined,
): { file: string; argv: readonly string[] } | string {
  const file = resolveProgram(name, cwd, path);
  if (file === undefined) return `there is no program ${name}`;
  let head: string;
  try {
    head = headOf(file);
  } catch {
    return { file, argv: [name, ...args] }; // one may run what one may not read
  }
  if (head.startsWith('#!')) {
    const [interpreter = ''] = head
      .slice(2)
      .trimStart()
      .split(/[\s\n]/);
    return isRunnable(interpreter) ? { file, argv: [name, ...args] } : `its interpreter ${interpreter} does not exist`;
  }
  if (head.startsWith('\u007fELF') || process.platform !== 'linux') return { file, argv: [name, ...args] };
  return { file: '/bin/sh', argv: ['sh', file, ...args] };
}

function headOf(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const head = Buffer.alloc(256);
    return head.toString('latin1', 0, readSync(handle, head));
  } finally {
    closeSync(handle);
  }
}

function isRunnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
