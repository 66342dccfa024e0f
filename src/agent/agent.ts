/** What an agent says it is doing. Reported by itself, never guessed. */
export const agentStates = [
  'idle',
  'starting',
  'working',
  'completing',
  'complete',
  'blocked',
  'out_of_gas',
  'stalled',
  'offline',
] as const;
export type AgentState = (typeof agentStates)[number];

/** A registered participant. Its id is its inbox; nobody else can receive mail. */
export interface Agent {
  readonly id: string;
  /** One word for what it does, e.g. `captain`, `reviewer`; addressed as `role:captain`. Grants nothing. */
  readonly role?: string;
  /** Addressed as `skill:typescript`. Sorted, each once. */
  readonly skills: readonly string[];
  /** The program it runs in: `claude`, `codex`, `gemini`, … */
  readonly client?: string;
  /** A lead's token reaches the agents of its own team. */
  readonly team?: string;
  /** How many pieces of work it takes at once. */
  readonly capacity?: number;
  /** The folder it works in, absolute. */
  readonly workspace?: string;
  /** As it last reported; `offline` until it does. */
  readonly state: AgentState;
  readonly stateReason?: string;
  readonly stateAt?: number;
  readonly createdAt: number;
  /** Last time the agent itself was heard of. */
  readonly lastSeenAt?: number;
}

/** What is said when one is registered. What is known of it from before is of its own time, not of now. */
export type NewAgent = Omit<Agent, 'createdAt' | 'state'> & Partial<Pick<Agent, 'state'>>;
