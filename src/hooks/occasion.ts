/** The clients whose hooks Waggle answers. */
export type HookClient = 'claude' | 'codex' | 'gemini' | 'cursor' | 'opencode' | 'copilot';

/**
 * What an event of a client means to us. `start`: a session begins, goes on or lost its history; `prompt`: a person
 * asked something; `tool`: between two tool calls; `stop`: the turn would end; `compacted`: the history is about to be
 * cut and cannot be told now; `end`: the session is over.
 */
export type Occasion = 'start' | 'prompt' | 'tool' | 'stop' | 'compacted' | 'end';

/** What is said to the agent: as context of what it does, or as the prompt of a turn it did not plan. */
export interface Said {
  readonly context?: string;
  readonly prompt?: string;
  /** The messages of which it holds a line; those that are only counted are not among them. */
  readonly told?: readonly string[];
}

/** One client's names for all this. */
export interface Dialect {
  readonly client: HookClient;
  readonly events: Readonly<Record<string, Occasion>>;
  /** Whether the client shows the agent what is answered to this event. */
  readonly hears: (event: string) => boolean;
  /** The answer as the client's schema wants it; without anything to say an empty object, which every schema takes. */
  readonly answer: (event: string, said: Said) => Readonly<Record<string, unknown>>;
}
