import type { Random } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { HubProcess } from './hub-process.ts';
import type { Tally } from './tally.ts';
import type { WorkerProcess } from './worker-process.ts';
import type { Workspace } from './workspace.ts';

/** What a fault finds, whatever the target is. */
export interface FaultBench {
  readonly producers: readonly WorkerProcess[];
  readonly consumers: readonly WorkerProcess[];
  readonly tally: Tally;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Lets the producers begin the next stretch of sends. Called once by each fault, when it wants traffic. */
  readonly release: () => void;
}

/** What a fault gets its hands on. */
export interface Laboratory extends FaultBench {
  readonly workspace: Workspace;
  readonly hub: HubProcess;
  /** The instant the hub says it is, in milliseconds since the epoch. */
  readonly hubTime: () => Promise<number>;
}

/** What became of a fault. `acted` counts what it did; 0 means it could not be made, and `detail` says why. */
export interface FaultOutcome {
  readonly acted: number;
  readonly detail: string;
}

export type Fault = (lab: Laboratory) => Promise<FaultOutcome>;
