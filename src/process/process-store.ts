import type { AgentProcess, ProcessExit, ProcessIdentity } from './process.ts';

export type ProcessRef = Pick<AgentProcess, 'agent' | 'incarnation'>;

export type ProcessOrder = Pick<AgentProcess, 'agent' | 'host' | 'command' | 'cwd' | 'policy' | 'cause' | 'nonce'>;

export interface ProcessEnd {
  readonly state: 'exited' | 'failed' | 'crashloop';
  readonly exit: ProcessExit;
  readonly restartAt?: number;
}

/**
 * What the process room needs from a store. Each call is atomic, durable and an event; it is refused with
 * `illegal_transition` and changes nothing where the incarnation is not in the state it leads on from.
 */
export interface ProcessStore {
  /** The next incarnation, `starting`. `not_found` for an agent nobody registered; refused while the last one lives. */
  begin(order: ProcessOrder): Promise<AgentProcess>;
  started(ref: ProcessRef, identity: ProcessIdentity): Promise<AgentProcess>;
  /** The end that follows was asked for. */
  stopping(ref: ProcessRef): Promise<AgentProcess>;
  ended(ref: ProcessRef, end: ProcessEnd): Promise<AgentProcess>;
  /** The next life does not begin by itself any more. */
  cancelRestart(ref: ProcessRef): Promise<AgentProcess>;
  /** Undefined for an agent that never ran. */
  latest(agent: string): Promise<AgentProcess | undefined>;
  /** The latest of every agent, sorted by id. */
  list(): Promise<AgentProcess[]>;
  /** Newest first; the newest `keptIncarnations` are kept. */
  history(agent: string, limit: number): Promise<AgentProcess[]>;
}

/** More than any limit on restarts counts. */
export const keptIncarnations = 100;
