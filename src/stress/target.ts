import type { Recorder } from '../history/recorder.ts';
import type { FaultBench, FaultOutcome } from './laboratory.ts';
import type { FaultKind } from './scenario.ts';

/** The system under test, from the lab's side. */
export interface Target {
  /** Where workers find it. */
  readonly place: string;
  /** Starts it with an inbox for every agent. */
  start(agents: readonly string[]): Promise<void>;
  /** Messages that are not at their end yet. */
  open(): Promise<number>;
  /** Writes into the history what became of every message, and returns what it says is wrong with itself. */
  testify(ids: Iterable<string>, recorder: Recorder): Promise<readonly string[]>;
  /** Does to it what a fault does. */
  makeFault(kind: FaultKind, bench: FaultBench): Promise<FaultOutcome>;
  stop(): Promise<void>;
  /** Ends it whatever state it is in. */
  kill(): Promise<void>;
}
