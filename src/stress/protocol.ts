import type { ErrorDocument } from '../errors.ts';
import type { Scenario } from './scenario.ts';

/** What one worker process is to be. */
export interface Assignment {
  readonly role: 'producer' | 'consumer';
  /** Name in the history; the same after a restart. */
  readonly name: string;
  readonly agents: readonly string[];
  readonly everybody: readonly string[];
  readonly scenario: Scenario;
  /** The isolated swarm directory, or the file of the legacy target. */
  readonly place: string;
  /** Folder of the histories. */
  readonly histories: string;
}

/** From the runner to a worker. A worker whose runner is gone (the channel closes) ends at once. */
export type Order =
  | { readonly do: 'begin'; readonly assignment: Assignment }
  /** A producer may begin sends up to this number of each of its agents; then it waits and says so. */
  | { readonly do: 'go'; readonly upTo: number }
  /** Adds this to every handler run; 0 takes it back. */
  | { readonly do: 'slow'; readonly ms: number }
  /** Kill yourself in the middle of the next exchange, as `kill -9` would at the worst moment. */
  | { readonly do: 'die' }
  /** Finish what is in hand, then end. */
  | { readonly do: 'stop' };

/** From a worker to the runner. Counts are what happened since the last report. */
export type Word =
  | { readonly say: 'ready' }
  | { readonly say: 'gate'; readonly at: number }
  | { readonly say: 'report'; readonly report: WorkerReport }
  | { readonly say: 'done' }
  | { readonly say: 'failed'; readonly error: ErrorDocument };

export interface WorkerReport {
  /** Key, instant of its first invoke, and messages it became (a broadcast becomes several). */
  readonly sent: readonly (readonly [key: string, invokedAt: number, messages: number])[];
  readonly acked: readonly (readonly [key: string, at: number])[];
  readonly nacked: number;
  /** Messages that ended as dead letters. */
  readonly dead: number;
  /** Lease calls that returned something, and how many messages those were. */
  readonly leaseCalls: number;
  readonly leased: number;
  /** Deliveries after the first. */
  readonly redelivered: number;
  /** Handler runs while the worker was slowed. */
  readonly slowed: number;
  /** Calls that the hub refused, by code. */
  readonly refused: Readonly<Record<string, number>>;
}
