import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The command line as users run it: the built `bin/waggle.js` in real processes. Build first (`npm run build`). */
export const waggleBin = fileURLToPath(new URL('../../bin/waggle.js', import.meta.url));

export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Null leaves it open, as a terminal does. */
  readonly stdin?: string | Uint8Array | null;
  /** Kills a command that hangs; its test then sees the signal. */
  readonly timeoutMs?: number;
}

/** A running command: read what it has printed so far, wait for a text, signal it, wait for its end. */
export interface RunningWaggle {
  readonly process: ChildProcess;
  readonly done: Promise<RunResult>;
  stdout(): string;
  stderr(): string;
  /** Resolves once stdout (or stderr) holds the text; rejects when the command ends without it. */
  printed(text: string): Promise<void>;
}

export function startWaggle(args: readonly string[], options: RunOptions): RunningWaggle {
  const child = spawn(process.execPath, [waggleBin, ...args], {
    cwd: options.cwd,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {}); // a command that does not read its input closes it
  if (options.stdin !== null) child.stdin.end(options.stdin ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 30_000);
  const done = new Promise<RunResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
  return {
    process: child,
    done,
    stdout: () => stdout,
    stderr: () => stderr,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (stdout.includes(text) || stderr.includes(text)) resolve();
        };
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        look();
        void done.then(() => reject(new Error(`ended without printing ${text}: ${stdout}${stderr}`)));
      }),
  };
}

export function runWaggle(args: readonly string[], options: RunOptions): Promise<RunResult> {
  return startWaggle(args, options).done;
}

/** A directory of its own for one test, removed at its end together with every hub that was started in it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'waggle-e2e-')));
  onTestFinished(async () => {
    for (const directory of swarmDirectoriesIn(folder)) await stopHub(directory);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** `waggle down`, agents included; a hub that does not answer is ended by the pid it wrote down, so that no test leaves one behind. */
export async function stopHub(swarmDirectory: string): Promise<void> {
  const hubFile = join(swarmDirectory, 'hub.json');
  const pid = readPid(hubFile);
  if (pid === undefined) return;
  await runWaggle(['down', '--agents', '--dir', swarmDirectory], { cwd: swarmDirectory, timeoutMs: 10_000 });
  if (!isAlive(pid)) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between the two lines.
  }
}

export function readPid(hubFile: string): number | undefined {
  if (!existsSync(hubFile)) return undefined;
  const { pid } = JSON.parse(readFileSync(hubFile, 'utf8')) as { pid?: number }; // written by our own hub
  return typeof pid === 'number' && isAlive(pid) ? pid : undefined;
}

/** `.waggle` directories at most two folders deep: where tests put them. */
function swarmDirectoriesIn(folder: string, depth = 2): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [];
    const path = join(folder, entry.name);
    if (existsSync(join(path, 'hub.json'))) return [path];
    return depth > 0 ? swarmDirectoriesIn(path, depth - 1) : [];
  });
}

/** Whether a process of this number is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
