import { renderJson } from '../../render-json.ts';
import { type Call, present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';

/** What ack, nack and extend present: the message and the generation it was leased under. */
function leaseRef(call: Call): { id: string; gen: number } {
  return { id: call.arg(0), gen: call.requiredCount('gen', 'waggle inbox prints it with each message') };
}

export const ack: CommandAction = async (call, context) => {
  const ref = leaseRef(call);
  await (await context.connect()).ack(ref);
  report(context, { id: ref.id, state: 'acked' }, `${ref.id} acked`);
  return undefined;
};

export const nack: CommandAction = async (call, context) => {
  const ref = leaseRef(call);
  const outcome = present({
    delayMs: call.durationMs('delay'),
    reason: call.text('reason'),
    terminal: call.flag('dead') ? true : undefined,
  });
  const { state, readyAt } = await (await context.connect()).nack(ref, outcome);
  const next =
    state === 'dead'
      ? 'a dead letter now; waggle dead redrive puts it back'
      : `${state}, deliverable ${relativeTime(readyAt, context.clock.now())}`;
  report(context, { id: ref.id, state, readyAt }, `${ref.id} given back: ${next}`);
  return undefined;
};

export const extend: CommandAction = async (call, context) => {
  const ref = leaseRef(call);
  const options = present({ leaseMs: call.durationMs('for') });
  const { leaseExpiresAt } = await (await context.connect()).extend(ref, options);
  const until = relativeTime(leaseExpiresAt, context.clock.now());
  report(context, { ...ref, leaseExpiresAt }, `${ref.id} is yours: the lease ends ${until}`);
  return undefined;
};

export const cancel: CommandAction = async (call, context) => {
  const id = call.arg(0);
  await (await context.connect()).cancel(id);
  report(context, { id, state: 'cancelled' }, `${id} cancelled`);
  return undefined;
};

function report({ output, json }: Context, document: object, sentence: string): void {
  if (json) output.json(renderJson(document));
  else output.line(output.isTerminal ? `${output.style.good('✓')} ${sentence}` : sentence);
}
