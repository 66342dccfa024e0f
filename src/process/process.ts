/**
 * One life of an agent's program: an *incarnation*. The counter rises at every start and never repeats, so that what
 * was learnt of one life is never applied to the next.
 *
 *   starting ─→ running ─→ stopping ─→ exited
 *       │          └──────────────────→ exited (`restartAt`: another follows) | crashloop (no other follows by itself)
 *       └─→ failed (it never ran)
 */
export interface AgentProcess {
  readonly agent: string;
  readonly incarnation: number;
  readonly host: HostName;
  /** Program and arguments, as the caller gave them; no shell reads them. */
  readonly command: readonly string[];
  /** Absolute; the caller's working directory. */
  readonly cwd: string;
  readonly policy: RestartPolicy;
  /** Who asked for this life: a person, or the policy after the life before it. */
  readonly cause: 'asked' | 'restart';
  readonly nonce: string;
  readonly state: ProcessState;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Known from `running` on. */
  readonly identity?: ProcessIdentity;
  /** Known once it is over. */
  readonly exit?: ProcessExit;
  /** When the next life begins by itself. */
  readonly restartAt?: number;
}

export const hostNames = ['child', 'tmux'] as const;
export type HostName = (typeof hostNames)[number];

/** As in OTP: always started again; only after an abnormal end; never. */
export const restartPolicies = ['permanent', 'transient', 'temporary'] as const;
export type RestartPolicy = (typeof restartPolicies)[number];

export type ProcessState = 'starting' | 'running' | 'stopping' | 'exited' | 'failed' | 'crashloop';

/** A pid alone names whatever runs under it now; these together name one process for good (guarantee G18). */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`, clock ticks since boot; empty where the system does not tell. */
  readonly startTime: string;
  /** Of the running kernel; start times count from its boot. Empty where the system does not tell. */
  readonly bootId: string;
}

/** Exactly one of `code` and `signal`; neither when nobody saw the end, and then `reason` says why. */
export interface ProcessExit {
  readonly code?: number;
  readonly signal?: string;
  readonly reason?: string;
}

export function isLive({ state }: Pick<AgentProcess, 'state'>): boolean {
  return state === 'starting' || state === 'running' || state === 'stopping';
}

/** For people: `exit code 3`, `killed by SIGKILL`, or why it is not known. */
export function describeExit({ code, signal, reason }: ProcessExit): string {
  if (code !== undefined) return `exit code ${code}`;
  if (signal !== undefined) return `killed by ${signal}`;
  return reason ?? 'nobody saw how it ended';
}
