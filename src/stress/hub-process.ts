import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WaggleError } from '../errors.ts';
import type { FailpointName } from '../failpoint.ts';

const bin = fileURLToPath(new URL('../../bin/waggle.js', import.meta.url));
/** Environment of ours that must not reach the hub under test. */
const cleared = { WAGGLE_FAILPOINT: '' };
const stderrBytes = 4_096;

interface HubPlan {
  readonly dir: string;
  readonly store: 'memory' | 'sqlite';
  readonly skewFile: string;
}

/** The hub under test: `waggle up` in a process of its own that ends with the lab. It can be killed and started again. */
export class HubProcess {
  readonly #plan: HubPlan;
  #child: ChildProcess | undefined;
  #stderr = '';
  /** Times it was started. */
  starts = 0;

  constructor(plan: HubPlan) {
    this.#plan = plan;
  }

  /** Resolves once it listens; `hub_unreachable` with its last words when it ends first. */
  async start(failpoint?: { name: FailpointName; pass: number }): Promise<void> {
    const { dir, store, skewFile } = this.#plan;
    const words = ['up', '--json', '--no-open', '--port', '0', '--dir', dir, '--store', store];
    const child = spawn(process.execPath, [bin, ...words, '--until-stdin-ends', '--clock-skew-file', skewFile], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // Ctrl-C reaches the lab alone, which stops things in order
      env: {
        ...process.env,
        ...cleared,
        ...(failpoint === undefined ? {} : { WAGGLE_FAILPOINT: `${failpoint.name}:${failpoint.pass}` }),
      },
    });
    this.#child = child;
    this.starts += 1;
    this.#stderr = '';
    child.stdin.on('error', () => {}); // it may be killed at any moment
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-stderrBytes);
    });
    const listening = once(createInterface({ input: child.stdout }), 'line').then(() => true);
    const ended = this.ended().then(() => false);
    if (!(await Promise.race([listening, ended]))) {
      throw new WaggleError('hub_unreachable', `the hub under test did not start: ${this.#stderr.trim()}`, {
        details: { stderr: this.#stderr },
      });
    }
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when the process has ended, however. */
  async ended(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && this.isRunning) await once(child, 'exit');
  }

  /** As a power button: nothing is flushed, no handler runs. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.ended();
  }

  /** Lets it finish what it accepted. */
  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    await this.ended();
  }
}
