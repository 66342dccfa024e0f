import { WaggleError } from '../errors.ts';
import type { OperationName, OutputOf } from './api.ts';
import { authorise } from './authorise.ts';
import type { Hub } from './hub.ts';
import type { CallContext, Caller, Operation } from './operation.ts';
import { parseInput } from './parse-input.ts';
import { withoutBodies } from './withheld.ts';

/**
 * Runs a call of somebody who is not the operator: its token must still be the agent's latest when the call comes, when
 * it has been decided, and, for what waited, when the answer is there.
 */
export async function callAsAgent<N extends OperationName>(
  operation: Operation<N>,
  hub: Hub,
  input: unknown,
  context: CallContext,
): Promise<OutputOf<N>> {
  const { caller } = context;
  requireLive(hub, caller);
  const parsed = parseInput(operation.input, input);
  const permit = await authorise(operation.access, parsed, caller, hub);
  requireLive(hub, caller);
  const waiting = operation.waits === true ? { ...context, signal: untilOver(hub, context) } : context;
  const output = await operation.run(hub, parsed, waiting);
  if (operation.takeBack !== undefined && !isLive(hub, caller)) {
    await operation.takeBack(hub, output);
    throw overdue(caller);
  }
  return permit.withoutBodies ? withoutBodies(output) : output;
}

/** `unauthorized` for a former incarnation, on whatever connection it still holds. */
export function requireLive(hub: Hub, caller: Caller): void {
  if (!isLive(hub, caller)) throw overdue(caller);
}

function isLive(hub: Hub, { agent, incarnation }: Caller): boolean {
  return agent !== undefined && incarnation !== undefined && hub.identities.isLive({ agent, incarnation });
}

function untilOver(hub: Hub, { caller, signal }: CallContext): AbortSignal {
  const { agent = '', incarnation = 0 } = caller;
  const ended = hub.identities.endOf({ agent, incarnation });
  return signal === undefined ? ended : AbortSignal.any([signal, ended]);
}

function overdue({ agent, incarnation }: Caller): WaggleError {
  return new WaggleError(
    'unauthorized',
    `the token of ${agent ?? 'nobody'} (incarnation ${incarnation ?? 0}) is over: replaced, revoked or expired; ask the operator for another`,
    { details: { agent: agent ?? null, incarnation: incarnation ?? null } },
  );
}
