import { type ErrorCode, WaggleError } from '../errors.ts';
import type { OperationName, OutputOf } from './api.ts';
import { authorise, lookFor } from './authorise.ts';
import { actorOf, runNoted } from './call-control.ts';
import type { Hub } from './hub.ts';
import type { CallContext, Caller, Operation, TokenHolder } from './operation.ts';
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
  try {
    return await runPermitted(operation, hub, input, context);
  } catch (error) {
    await noteRefusal(hub, context.caller, operation.name, error);
    throw error;
  }
}

async function runPermitted<N extends OperationName>(
  operation: Operation<N>,
  hub: Hub,
  input: unknown,
  context: CallContext,
): Promise<OutputOf<N>> {
  const caller = requireLive(hub, context.caller);
  const ended = hub.signsOfLife.begin(caller.agent, operation.waits === true);
  try {
    return await decideAndRun(operation, hub, input, { ...context, caller });
  } finally {
    ended();
  }
}

async function decideAndRun<N extends OperationName>(
  operation: Operation<N>,
  hub: Hub,
  input: unknown,
  context: CallContext & { readonly caller: TokenHolder },
): Promise<OutputOf<N>> {
  const { caller } = context;
  const parsed = parseInput(operation.input, input);
  const permit = await authorise(operation.access, parsed, caller, hub);
  requireLive(hub, caller);
  // Noted before anything is read: what nobody would hear of is not done.
  for (const subject of permit.audited) {
    await hub.audit.count(caller.agent, {
      ...actorOf(caller),
      action: operation.name,
      subject,
      outcome: 'done',
    });
  }
  const waiting = operation.waits === true ? { ...context, signal: untilOver(hub, caller, context.signal) } : context;
  const run = () => operation.run(hub, parsed, waiting);
  const output = await (operation.access.isControl === true
    ? runNoted(operation, hub, parsed, lookFor(hub, caller), run)
    : run());
  if (operation.takeBack !== undefined && !isLive(hub, caller)) {
    await operation.takeBack(hub, output);
    throw overdue(caller);
  }
  return permit.withoutBodies ? withoutBodies(output) : output;
}

/** What a caller may not, and what it may not so often; other errors are no business of the audit log. */
const audited: ReadonlySet<ErrorCode> = new Set(['forbidden', 'unauthorized', 'rate_limited', 'loop_stopped']);

/** Leaves a row about a caller who was refused. Never rejects. */
export async function noteRefusal(hub: Hub, caller: Caller, action: string, error: unknown): Promise<void> {
  if (!(error instanceof WaggleError) || !audited.has(error.code)) return;
  const { subject } = error.details;
  const about = typeof subject === 'string' ? { subject } : {};
  const facts = { ...actorOf(caller), action, ...about, outcome: 'refused', detail: error.code } as const;
  await hub.audit.count(caller.agent ?? caller.role, facts).catch(hub.onFailure);
}

/** `unauthorized` for a former incarnation, on whatever connection it still holds. */
export function requireLive(hub: Hub, caller: Caller): TokenHolder {
  if (!isLive(hub, caller)) throw overdue(caller);
  return caller;
}

function isLive(hub: Hub, caller: Caller): caller is TokenHolder {
  const { agent, incarnation } = caller;
  return agent !== undefined && incarnation !== undefined && hub.identities.isLive({ agent, incarnation });
}

/** Aborts with the caller's own signal, or when its incarnation is over. */
export function untilOver(hub: Hub, caller: TokenHolder, signal: AbortSignal | undefined): AbortSignal {
  const ended = hub.identities.endOf(caller);
  return signal === undefined ? ended : AbortSignal.any([signal, ended]);
}

function overdue({ agent, incarnation }: Caller): WaggleError {
  return new WaggleError(
    'unauthorized',
    `the token of ${agent ?? 'nobody'} (incarnation ${incarnation ?? 0}) is over: replaced, revoked or expired; ask the operator for another`,
    { details: { agent: agent ?? null, incarnation: incarnation ?? null } },
  );
}
