import type { InputOf, OperationName, OutputOf } from '../hub/api.ts';

/** The agent on whose behalf tools run, and its way to the hub. */
export interface AgentSession {
  readonly agent: string;
  readonly call: <N extends OperationName>(name: N, input: InputOf<N>, signal?: AbortSignal) => Promise<OutputOf<N>>;
  /** An unguessable word, fresh at each call, to frame the text of others with. */
  readonly boundary: () => string;
}

/** A JSON schema as it is listed: every word of it is paid for by every agent, so it holds what a model needs to know. */
export interface ToolSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, PropertySchema>>;
  readonly required?: readonly string[];
}

/** An absent type allows any JSON value. */
type PropertySchema = {
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array';
  description?: string;
  enum?: string[];
  items?: { type: 'string' };
};

/**
 * What an answer says, as JSON. Claude Code and Codex show their models this and no text beside it, so what others wrote
 * is framed in here.
 */
export type ToolAnswer = Readonly<Record<string, unknown>>;

/**
 * One tool: a translation of a call of the model into operations of the hub, which judge the input. Arguments arrive
 * unjudged; what a tool does not know is refused by name before it runs.
 */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly input: ToolSchema;
  readonly output?: ToolSchema;
  /** It changes nothing. */
  readonly readOnly?: boolean;
  run(session: AgentSession, args: ToolArguments, signal: AbortSignal): Promise<ToolAnswer>;
}

export type ToolArguments = Readonly<Record<string, unknown>>;

/** The arguments named, where they are there; the operation they go into says whether they are right. */
export function given<N extends OperationName>(
  args: ToolArguments,
  names: readonly (keyof InputOf<N> & string)[],
): InputOf<N> {
  const entries = names.filter((name) => args[name] !== undefined).map((name) => [name, args[name]]);
  return Object.fromEntries(entries) as InputOf<N>; // unjudged: the operation parses it at the border
}

/** Those of the values whose argument was not given. */
export function defaults<T extends object>(args: ToolArguments, values: T): Partial<T> {
  const entries = Object.entries(values).filter(([name]) => args[name] === undefined);
  return Object.fromEntries(entries) as Partial<T>; // some of its own members
}
