import type { AuditFacts } from '../audit/audit-entry.ts';
import { toWaggleError } from '../errors.ts';
import type { Access, Look } from './access.ts';
import type { OperationName, OutputOf } from './api.ts';
import { lookFor } from './authorise.ts';
import type { Hub } from './hub.ts';
import type { CallContext, Caller, Operation } from './operation.ts';
import { parseInput } from './parse-input.ts';

/** Runs a control of the operator's and leaves a row of what became of it. */
export async function callControl<N extends OperationName>(
  operation: Operation<N>,
  hub: Hub,
  input: unknown,
  context: CallContext,
): Promise<OutputOf<N>> {
  const parsed = parseInput(operation.input, input);
  const look = lookFor(hub, context.caller);
  return runNoted(operation, hub, parsed, look, () => operation.run(hub, parsed, context));
}

/**
 * Runs a control that was decided to be allowed. A row that cannot be written does not undo it, nor stop an operator who
 * may be freeing the disk it would be written to: that is told to the hub's log.
 */
export async function runNoted<N extends OperationName, I>(
  { name, access }: { readonly name: N; readonly access: Access<I> },
  hub: Hub,
  input: I,
  look: Look,
  run: () => Promise<OutputOf<N>>,
): Promise<OutputOf<N>> {
  const subject = await subjectOf(access, input, look);
  const facts = { ...actorOf(look.caller), action: name, ...(subject === '' ? {} : { subject }) };
  // An agent may repeat at will what it may do at all; the operator's rows are told singly.
  const note = (outcome: Pick<AuditFacts, 'outcome' | 'detail'>) => {
    const row = { ...facts, ...outcome };
    const writing = look.caller.role === 'operator' ? hub.audit.record(row) : hub.audit.count(facts.actor, row);
    return writing.catch(hub.onFailure);
  };
  try {
    const output = await run();
    await note({ outcome: 'done' });
    return output;
  } catch (error) {
    await note({ outcome: 'failed', detail: toWaggleError(error).code });
    throw error;
  }
}

/** As the audit log names a caller. */
export function actorOf({ role, agent, incarnation }: Caller) {
  return { actor: agent ?? role, role, ...(incarnation === undefined ? {} : { incarnation }) };
}

async function subjectOf<I>(access: Access<I>, input: I, look: Look): Promise<string> {
  return access.describe?.(input) ?? [...((await access.subjects?.(input, look)) ?? [])].join(', ');
}
