/** A registered participant. Its id is its inbox; nobody else can receive mail. */
export interface Agent {
  readonly id: string;
  /** One word for what it does, e.g. `captain`, `reviewer`; addressed as `role:captain`. */
  readonly role?: string;
  /** Addressed as `skill:typescript`. Sorted, each once. */
  readonly skills: readonly string[];
  /** The program it runs in: `claude`, `codex`, `gemini`, … */
  readonly client?: string;
  readonly createdAt: number;
  /** Last time the agent itself was heard of. */
  readonly lastSeenAt?: number;
}
