import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** The calls a child process of the bench answers; each runs alone. */
export type Calls = Record<string, (...args: never[]) => Promise<unknown>>;

interface Question {
  readonly id: number;
  readonly call: string;
  readonly args: readonly unknown[];
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** In the child: answers the parent's calls, and ends with it. */
export function answerCalls(calls: Calls): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    const { id, call, args } = message as Question; // sent by `Child` below
    const work = calls[call] as ((...args: readonly unknown[]) => Promise<unknown>) | undefined; // the parent's types
    Promise.resolve()
      .then(() => {
        if (work === undefined) throw new Error(`no call ${call}`);
        return work(...args);
      })
      .then(
        (result) => process.send?.({ id, result } satisfies Answer),
        (error: unknown) =>
          process.send?.({ id, error: error instanceof Error ? String(error.stack) : String(error) } satisfies Answer),
      );
  });
}

/** No call takes as long: one that does hangs, and must not hang the run. */
const callLimitMs = 10 * 60_000;

/** In the parent: a contender's process. Each has its own heap and event loop, so none slows another's code. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #name: string;
  #nextId = 1;

  constructor(script: URL, args: readonly string[] = []) {
    this.#name = [script.pathname.split('/').at(-1), ...args].join(' ');
    const execArgv = ['--disable-warning=ExperimentalWarning', '--max-old-space-size=6144', ...profiling(args)];
    this.#process = fork(script, args, { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.on('message', (message) => {
      const { id, result, error } = message as Answer; // sent by `answerCalls` above
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(`${this.#name}: ${error}`));
    });
    this.#process.on('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${this.#name} ended with ${code}`));
      this.#waiting.clear();
    });
  }

  /** Rejects when the child's call does, and when the child ends before it answers. */
  call<T>(call: string, ...args: readonly unknown[]): Promise<T> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise<T>((resolve, reject) => {
      // Its end rejects what waits for it.
      const late = setTimeout(() => this.#process.kill('SIGKILL'), callLimitMs);
      this.#waiting.set(id, {
        resolve(value) {
          clearTimeout(late);
          resolve(value as T); // the caller names the answer
        },
        reject(error) {
          clearTimeout(late);
          reject(error);
        },
      });
      this.#process.send({ id, call, args } satisfies Question, (error) => {
        if (error !== null) reject(new Error(`${this.#name}: ${error.message}`));
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    await this.call('close').catch(() => {});
    this.#process.disconnect();
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(late);
  }
}

/** `WAGGLE_BENCH_PROFILE=name` writes a CPU profile of that contender into the folder the bench was started in. */
function profiling(args: readonly string[]): string[] {
  const wanted = process.env['WAGGLE_BENCH_PROFILE'];
  return wanted !== undefined && args[0] === wanted ? ['--cpu-prof', `--cpu-prof-name=${wanted}.cpuprofile`] : [];
}
