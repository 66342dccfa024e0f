import type { Assignment, Order, WorkerReport } from './protocol.ts';
import type { Scenario } from './scenario.ts';
import { WorkerProcess } from './worker-process.ts';

interface CrewPlan {
  readonly scenario: Scenario;
  readonly agents: readonly string[];
  readonly place: string;
  readonly histories: string;
  readonly onReport: (report: WorkerReport) => void;
  readonly signal: AbortSignal;
}

/** All processes that send and receive. */
export class Crew {
  readonly producers: readonly WorkerProcess[];
  readonly consumers: readonly WorkerProcess[];
  readonly #signal: AbortSignal;
  #changed = Promise.withResolvers<void>();

  constructor(plan: CrewPlan) {
    this.#signal = plan.signal;
    this.#signal.addEventListener('abort', () => this.#wake(), { once: true });
    const listener = { report: plan.onReport, changed: () => this.#wake() };
    const make = (role: Assignment['role']) =>
      Array.from({ length: plan.scenario.processes }, (_, index) => {
        const agents = plan.agents.filter((_agent, at) => at % plan.scenario.processes === index);
        const { scenario, place, histories } = plan;
        const name = `${role}-${index + 1}`;
        return new WorkerProcess({ role, name, agents, everybody: plan.agents, scenario, place, histories }, listener);
      });
    this.producers = make('producer');
    this.consumers = make('consumer');
  }

  async start(): Promise<void> {
    await Promise.all(this.#all().map((worker) => worker.start()));
  }

  orderProducers(order: Order): void {
    for (const producer of this.producers) producer.order(order);
  }

  /** Resolves when every producer has that many sends of each of its agents answered, or is done. */
  async producersReach(gate: number): Promise<void> {
    await this.#until(() => this.producers.every(({ reached }) => reached >= gate));
  }

  async producersDone(): Promise<void> {
    await this.#until(() => this.producers.every(({ isDone }) => isDone));
  }

  async stopConsumers(): Promise<void> {
    for (const consumer of this.consumers) consumer.order({ do: 'stop' });
    await this.#until(() => this.consumers.every(({ isDone }) => isDone));
    await Promise.all(this.#all().map((worker) => worker.ended()));
  }

  async kill(): Promise<void> {
    await Promise.all(this.#all().map((worker) => worker.kill()));
  }

  /** Throws what kept a worker from going on: without it nothing would ever be done. */
  check(): void {
    this.#signal.throwIfAborted();
    for (const { failure } of this.#all()) if (failure !== undefined) throw failure;
  }

  #all(): readonly WorkerProcess[] {
    return [...this.producers, ...this.consumers];
  }

  async #until(isSo: () => boolean): Promise<void> {
    for (;;) {
      this.check();
      if (isSo()) return;
      await this.#changed.promise;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
