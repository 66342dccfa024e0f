import type { z } from 'zod';
import { invalidInput, showValue, WaggleError } from '../errors.ts';
import type { Api, InputOf, OperationName, OutputOf } from './api.ts';
import type { Hub } from './hub.ts';

/** Who calls, as the door established it. Agents with tokens of their own join here later. */
export interface Caller {
  readonly role: 'operator';
}

export const operator: Caller = { role: 'operator' };

/** How an operation is reached over HTTP; `:name` parts and query or body members together form its input. */
export interface HttpBinding {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: `/v1/${string}`;
  /** Status of a success; default 200. */
  readonly status?: 200 | 201 | 202;
}

export interface Operation<N extends OperationName = OperationName> {
  readonly name: N;
  /** One sentence for help, OpenAPI and tool descriptions. */
  readonly summary: string;
  readonly http: HttpBinding;
  /** As `Api` says; told in OpenAPI, and followed by the SDK. */
  readonly repeat: Api[N]['repeat'];
  readonly input: z.ZodType<InputOf<N>>;
  /** May wait for something to happen, so it is never held up by, or holds up, the calls beside it. */
  readonly waits?: boolean;
  run(hub: Hub, input: InputOf<N>, context: CallContext): Promise<OutputOf<N>>;
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

/** Parses at the border, names the first offending field and its value; then runs. */
export async function callOperation<N extends OperationName>(
  table: OperationTable,
  hub: Hub,
  name: N,
  input: unknown,
  context: CallContext,
): Promise<Api[N]['output']> {
  const operation: Operation<N> | undefined = Object.hasOwn(table, name) ? table[name] : undefined;
  if (operation === undefined) throw invalidInput('op', name, 'is not an operation of this hub');
  return operation.run(hub, parseInput(operation.input, input), context);
}

export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({
    field: fieldOf(issue),
    problem: 'expected' in issue && issue.expected === 'nonoptional' ? 'is required' : issue.message,
    value: showValue(issue.input),
  }));
  const { field, problem, value } = issues[0] as (typeof issues)[number]; // a refusal has at least one reason
  throw new WaggleError('invalid_input', `${field}: ${problem}, got ${value}`, {
    details: { field, value, problem, issues: issues.slice(0, 50) },
  });
}

function fieldOf(issue: { path: readonly PropertyKey[]; code?: string; keys?: readonly string[] }): string {
  const path = [...issue.path, ...(issue.keys?.slice(0, 1) ?? [])];
  return path.length === 0 ? 'input' : path.map(String).join('.');
}
