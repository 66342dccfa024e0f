import type { AgentProcess, HostName, RestartPolicy } from '../process/process.ts';

/** The operations on agents' programs; a part of `Api`. */
export interface ProcessApi {
  'agent.start': { input: StartInput; output: WireProcess; repeat: 'looked-up' };
  'agent.stop': { input: StopInput; output: WireProcess; repeat: 'safe' };
  'agent.restart': { input: StopInput & { ifIncarnation?: number }; output: WireProcess; repeat: 'looked-up' };
  'agent.logs': { input: { id: string; lines?: number; after?: string }; output: WireLog; repeat: 'safe' };
  'agent.process': {
    input: { id: string; limit?: number };
    output: { process: WireProcess; history: readonly WireProcess[] };
    repeat: 'safe';
  };
  'agent.processes': {
    input: Record<never, never>;
    output: { processes: readonly WireProcess[] };
    repeat: 'safe';
  };
}

export interface StartInput {
  readonly id: string;
  /** Program and arguments; no shell reads them. */
  readonly command: readonly string[];
  /** The program a model drives it in, where this registers the agent. */
  readonly client?: string;
  /** Absolute path of its working directory. */
  readonly cwd: string;
  /** Default `child`. */
  readonly host?: HostName;
  /** Default `transient`. */
  readonly restart?: RestartPolicy;
  /** What its environment begins with; default the hub's. Kept for restarts in a file only the owner reads. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface StopInput {
  readonly id: string;
  /** The first signal to its process group, default `terminate`; `kill` gives no grace. */
  readonly signal?: 'interrupt' | 'terminate' | 'kill';
  /** Time from the first signal to SIGKILL; default 10 000. */
  readonly graceMs?: number;
}

/** One life of an agent's program; `incarnation` rises at every start. */
export type WireProcess = Pick<
  AgentProcess,
  'incarnation' | 'state' | 'host' | 'command' | 'cwd' | 'cause' | 'exit'
> & {
  readonly id: string;
  readonly restart: RestartPolicy;
  readonly pid?: number;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** When the next life begins by itself. */
  readonly restartAt?: string;
  /** The command that shows its terminal, where it has one. */
  readonly attach?: readonly string[];
};

export interface WireLog {
  readonly id: string;
  readonly lines: readonly string[];
  /** For `after`, to read on. */
  readonly next: string;
  readonly process: WireProcess;
}
