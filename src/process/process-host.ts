import type { AgentProcess, HostName, ProcessExit, ProcessIdentity } from './process.ts';

/** What a host needs to know of a life to find it again, also after a restart of the hub. */
export type Life = Pick<AgentProcess, 'agent' | 'incarnation' | 'nonce' | 'identity'>;

export interface Launch extends Life {
  readonly command: readonly string[];
  readonly cwd: string;
  /** All of it: a host adds nothing but what its terminal needs. Holds secrets. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * `failed`: it never ran. `unknown`: it cannot be told now, and nothing may be concluded from that. An `ended` life
 * stays ended, however often it is looked at.
 */
export type Sighting =
  | { readonly state: 'starting' }
  | { readonly state: 'running'; readonly identity: ProcessIdentity }
  | { readonly state: 'ended'; readonly exit: ProcessExit }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'unknown'; readonly reason: string };

/** `interrupt` as Ctrl-C, `terminate` as asked to end, `kill` as not asked. To the whole process group. */
export type AgentSignal = 'interrupt' | 'terminate' | 'kill';

/** `unknown`: whether it is ours cannot be told, so nothing was signalled (guarantee G18). */
export type SignalOutcome = 'sent' | 'gone' | 'unknown';

/**
 * Runs agents' programs as processes that outlive the hub. Everything a later hub must know is on disk before the
 * program runs; what is learnt of an end is there before anybody is told.
 */
export interface ProcessHost {
  readonly name: HostName;
  /** Why it cannot run anything here; undefined when it can. */
  obstacle(): Promise<string | undefined>;
  /**
   * Resolves once the program runs, or ran and has ended already. `start_failed` when it never ran; `timeout` when that
   * is not known yet, and looking will tell.
   */
  launch(launch: Launch): Promise<ProcessIdentity>;
  /** Never for a life whose launch is under way: looking at what has not begun decides that it never will. */
  look(life: Life): Promise<Sighting>;
  /** To a process of that life and no other: checked anew each time. After its end, to what is left of its group. */
  signal(life: Life, signal: AgentSignal): Promise<SignalOutcome>;
  /** Living processes of the group that outlived the program itself. */
  leftovers(life: Life): Promise<number>;
  /** Gives up what is kept of an ended life. Twice is fine. */
  release(life: Life): Promise<void>;
  /** The command that shows the program's terminal to a person; absent where it has none. */
  readonly attachCommand?: (life: Life) => readonly string[];
  readonly nudge?: (life: Life) => Promise<NudgeOutcome>;
}

/**
 * What became of typing the one fixed line a host may type. `typed`: it was seen to be taken. `refused`: nothing was
 * typed, and why. `uncertain`: it may or may not have arrived; it must not be repeated by itself (guarantee G5).
 */
export type NudgeOutcome =
  | { readonly outcome: 'typed' }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'uncertain'; readonly reason: string };
