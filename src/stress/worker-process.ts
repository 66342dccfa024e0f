import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { errorFromDocument, WaggleError } from '../errors.ts';
import type { Assignment, Order, Word, WorkerReport } from './protocol.ts';

/** Node can run the sources too; a shipped package has the compiled file. */
const script = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url));

interface WorkerListener {
  report(report: WorkerReport): void;
  /** It reached a gate, is done, or has ended. */
  changed(): void;
}

/** A producer or consumer as the runner sees it: may be killed and started again under the same name. */
export class WorkerProcess {
  readonly name: string;
  readonly role: Assignment['role'];
  readonly #assignment: Assignment;
  readonly #listener: WorkerListener;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #upTo = 0;
  /** Its end was ordered: no failure of anything. */
  #isDoomed = false;
  /** Why it gave up: an error that it could not have expected of the system under test. */
  failure: WaggleError | undefined;
  /** How far the producer said it has come; rises past every gate when it is done. */
  reached = 0;
  isDone = false;

  constructor(assignment: Assignment, listener: WorkerListener) {
    this.#assignment = assignment;
    this.#listener = listener;
    this.name = assignment.name;
    this.role = assignment.role;
  }

  /** Resolves when it is ready for work. A restarted producer is told again how far it may go. */
  async start(): Promise<void> {
    const child = fork(script, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], detached: true });
    this.#child = child;
    this.isDone = this.#isDoomed = false;
    const ready = Promise.withResolvers<void>();
    child.on('message', (word: Word) => {
      if (word.say === 'ready') ready.resolve();
      else this.#hear(word);
    });
    child.on('error', ready.reject);
    // The exit can be told before the last words have been read; only a closed channel has none left.
    this.#ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
    void this.#ended.then(() => {
      if (!this.isDone && !this.#isDoomed) this.failure ??= endedEarly(this.name);
      ready.reject(this.failure ?? endedEarly(this.name));
      this.#listener.changed();
    });
    this.order({ do: 'begin', assignment: this.#assignment });
    await ready.promise;
    if (this.#upTo > 0) this.order({ do: 'go', upTo: this.#upTo });
  }

  order(order: Order): void {
    if (order.do === 'go') this.#upTo = order.upTo;
    if (order.do === 'die') this.#isDoomed = true;
    if (this.isRunning && this.#child?.connected === true) this.#child.send(order, () => {});
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when the process has ended, however. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  async kill(): Promise<void> {
    this.#isDoomed = true;
    this.#child?.kill('SIGKILL');
    await this.ended();
  }

  #hear(word: Word): void {
    if (word.say === 'report') this.#listener.report(word.report);
    if (word.say === 'failed') this.failure = errorFromDocument(word.error);
    if (word.say === 'gate') this.reached = word.at;
    if (word.say === 'done') {
      this.isDone = true;
      this.reached = Number.POSITIVE_INFINITY;
    }
    this.#listener.changed();
  }
}

function endedEarly(name: string): WaggleError {
  return new WaggleError('internal', `${name} ended before its work was done`, { details: { worker: name } });
}
