import { WaggleError } from '../errors.ts';
import { recordFinals } from '../history/record-swarm.ts';
import type { Recorder } from '../history/recorder.ts';
import { connectSwarm } from '../sdk/connect.ts';
import type { Swarm } from '../sdk/swarm.ts';
import { faults } from './faults/faults.ts';
import { HubProcess } from './hub-process.ts';
import type { FaultBench, FaultOutcome } from './laboratory.ts';
import type { FaultKind, Scenario } from './scenario.ts';
import type { Target } from './target.ts';
import { carryMs } from './waggle-client.ts';
import type { Workspace } from './workspace.ts';

/** A hub of its own process over the isolated directory. */
export class WaggleTarget implements Target {
  readonly place: string;
  readonly #hub: HubProcess;
  readonly #workspace: Workspace;
  #swarm: Swarm | undefined;

  constructor(scenario: Scenario, workspace: Workspace) {
    this.place = workspace.swarm;
    this.#workspace = workspace;
    this.#hub = new HubProcess({ dir: workspace.swarm, store: scenario.store, skewFile: workspace.skewFile });
  }

  async start(agents: readonly string[]): Promise<void> {
    await this.#hub.start();
    this.#swarm = await connectSwarm({ dir: this.place, start: false, retryForMs: carryMs });
    for (const [index, id] of agents.entries()) {
      await this.#swarm.agents.add({ id, role: index % 2 === 0 ? 'even' : 'odd' });
    }
  }

  async open(): Promise<number> {
    const { ready, scheduled, leased } = await this.#connected().queue.stats();
    return ready + scheduled + leased;
  }

  makeFault(kind: FaultKind, bench: FaultBench): Promise<FaultOutcome> {
    const hubTime = async () => {
      // Every run has a first agent, and a heartbeat is a sign of life.
      const { lastSeenAt } = await this.#connected().agents.heartbeat('agent-1');
      return Date.parse(String(lastSeenAt));
    };
    return faults[kind]({ ...bench, workspace: this.#workspace, hub: this.#hub, hubTime });
  }

  async testify(ids: Iterable<string>, recorder: Recorder): Promise<readonly string[]> {
    const swarm = this.#connected();
    await recordFinals(swarm, recorder, ids);
    const { problems } = await swarm.queue.verify();
    return problems.map(({ what, detail }) => `${what}: ${detail}`);
  }

  async stop(): Promise<void> {
    await this.#swarm?.close();
    await this.#hub.stop();
  }

  async kill(): Promise<void> {
    await this.#hub.kill();
    await this.#swarm?.close();
  }

  #connected(): Swarm {
    if (this.#swarm === undefined) throw new WaggleError('internal', 'the hub under test was not started');
    return this.#swarm;
  }
}
