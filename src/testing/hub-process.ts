import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../bin/waggle.js', import.meta.url));

/** A hub in a process of its own, as `waggle up` runs it: what the fault tests kill. */
export interface HubProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** True once it listens; false when it ended first. */
  readonly up: Promise<boolean>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export function spawnHub(dir: string, env: NodeJS.ProcessEnv = {}, prefix: readonly string[] = []): HubProcess {
  const command = [...prefix, process.execPath, bin, 'up', '--json', '--no-open', '--port', '0', '--dir', dir];
  const child = spawn(command[0] ?? process.execPath, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A tracer in front must not be killed alone: what it traces would live on.
    detached: prefix.length > 0,
    env: { ...process.env, ...env },
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>; // as child_process documents it
  const ended = exit.then(([code, signal]) => ({ code, signal, stderr }));
  const stdout = child.stdout;
  if (stdout === null) throw new Error('the hub was spawned without a pipe');
  const firstLine = once(createInterface({ input: stdout }), 'line').then(([line]) =>
    String(line).startsWith('{"pid"'),
  );
  const hub: HubProcess = {
    child,
    up: Promise.race([firstLine, ended.then(() => false)]),
    ended,
    async kill(signal = 'SIGKILL') {
      const running = child.exitCode === null && child.signalCode === null && child.pid !== undefined;
      if (running) process.kill(prefix.length > 0 ? -child.pid : child.pid, signal);
      await ended;
    },
    [Symbol.asyncDispose]: () => hub.kill(),
  };
  return hub;
}
