import type { z } from 'zod';
import type { Role } from '../agent/policy.ts';
import { invalidInput } from '../errors.ts';
import type { Access } from './access.ts';
import type { Api, InputOf, OperationName, OutputOf } from './api.ts';
import { callAsAgent } from './call-as-agent.ts';
import { callControl } from './call-control.ts';
import type { Hub } from './hub.ts';
import { parseInput } from './parse-input.ts';

/** Who calls, as the door established it by the token: nothing a call says changes it. */
export interface Caller {
  readonly role: Role;
  /** Whose token it is; none for the operator. */
  readonly agent?: string;
  /** Which of the agent's tokens, and so which life of it. */
  readonly incarnation?: number;
}

export const operator: Caller = { role: 'operator' };

/** How an operation is reached over HTTP; `:name` parts and query or body members together form its input. */
export interface HttpBinding {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: `/v1/${string}`;
  /** Status of a success; default 200. */
  readonly status?: 200 | 201 | 202;
}

/** A caller with a token of its own: everybody but the operator. */
export interface TokenHolder extends Caller {
  readonly agent: string;
  readonly incarnation: number;
}

export interface Operation<N extends OperationName = OperationName> {
  readonly name: N;
  /** One sentence for help, OpenAPI and tool descriptions. */
  readonly summary: string;
  readonly http: HttpBinding;
  /** Who may; decided before it runs. */
  readonly access: Access<InputOf<N>>;
  /** As `Api` says; told in OpenAPI, and followed by the SDK. */
  readonly repeat: Api[N]['repeat'];
  readonly input: z.ZodType<InputOf<N>>;
  /** May wait for something to happen, so it is never held up by, or holds up, the calls beside it. */
  readonly waits?: boolean;
  run(hub: Hub, input: InputOf<N>, context: CallContext): Promise<OutputOf<N>>;
  /** Undoes what an answer handed out that nobody will receive: its caller is gone, or has lost its right to it. */
  takeBack?(hub: Hub, output: OutputOf<N>): Promise<void>;
}

export interface CallContext {
  readonly caller: Caller;
  readonly signal?: AbortSignal;
}

/**
 * Everything a hub can be asked, once: HTTP, stream, SDK and command line are doors to this table, and its schemas are
 * the one place where input is validated.
 */
export type OperationTable = { readonly [N in OperationName]: Operation<N> };

/**
 * Parses at the border, naming the first offending field and its value; decides whether the caller may; then runs. Not
 * `async`: a promise around the operation's own costs every call three turns of the microtask queue.
 */
export function callOperation<N extends OperationName>(
  table: OperationTable,
  hub: Hub,
  name: N,
  input: unknown,
  context: CallContext,
): Promise<Api[N]['output']> {
  try {
    const operation: Operation<N> | undefined = Object.hasOwn(table, name) ? table[name] : undefined;
    if (operation === undefined) throw invalidInput('op', name, 'is not an operation of this hub');
    if (context.caller.role !== 'operator') return callAsAgent(operation, hub, input, context);
    if (operation.access.isControl === true) return callControl(operation, hub, input, context);
    return operation.run(hub, parseInput(operation.input, input), context);
  } catch (error) {
    return Promise.reject(error);
  }
}
