import type { ObservationInput } from '../../hub/monitor-api.ts';
import { plainLine } from '../../plain.ts';
import type { Swarm } from '../../sdk/swarm.ts';

/** Longest description of damage that is worth telling. */
const mostProblem = 500;

/**
 * Tells the hub how files were, so that damage that stays becomes an alert. For whoever looks at files anyway: a hub that
 * is not there, or goes, is nobody's trouble here.
 */
export class HubEar {
  readonly #connect: () => Promise<Swarm>;
  #telling: Promise<unknown> = Promise.resolve();

  constructor(connect: () => Promise<Swarm>) {
    this.#connect = connect;
  }

  /** In the order of the looks, without holding any of them up. */
  tell(observation: ObservationInput): void {
    this.#telling = this.#telling.then(() => this.#tell(observation)).catch(() => {});
  }

  async #tell({ source, problem, ...found }: ObservationInput): Promise<void> {
    const swarm = await this.#connect();
    const told = problem === undefined ? {} : { problem: plainLine(problem).slice(0, mostProblem) };
    await swarm.observe({ source: plainLine(source), ...found, ...told });
  }

  /** Resolves when everything was told, or could not be. */
  settled(): Promise<unknown> {
    return this.#telling;
  }
}
