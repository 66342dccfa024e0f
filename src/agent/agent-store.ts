import type { Agent, AgentState, NewAgent } from './agent.ts';

/** What the agent room needs from a store; each call is atomic and durable, a typed error changed nothing. */
export interface AgentStore {
  /** `already_exists` when the id is taken: registering never overwrites. */
  add(agent: NewAgent): Promise<Agent>;
  get(id: string): Promise<Agent | undefined>;
  /** Sorted by id. */
  list(): Promise<Agent[]>;
  /**
   * `not_found`; `illegal_transition` while its inbox holds open messages, unless they are to be cancelled. Its past
   * messages stay readable and an agent added again under the id continues the same inbox. Its token is revoked.
   */
  remove(id: string, options: { cancelOpen: boolean }): Promise<{ cancelled: number }>;
  /** Notes that the agent was heard of now. `not_found`. */
  touch(id: string): Promise<Agent>;
  /** Notes in which program the agent runs, where nobody has said it yet; what was said stands. `not_found`. */
  noteClient(id: string, client: string): Promise<Agent>;
  /** Notes what the agent says of itself, and that it was heard of now. `not_found`. */
  report(id: string, report: { state: AgentState; reason?: string }): Promise<Agent>;
}
