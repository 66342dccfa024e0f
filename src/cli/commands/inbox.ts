import { WaggleError } from '../../errors.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { ReceivedMessage, Swarm } from '../../sdk/swarm.ts';
import { present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { formatDuration } from '../durations.ts';
import { messageCells, messageJson, printLease, printMessage } from '../terminal/message-output.ts';

const defaultCount = 10;
/** One request waits at most this long, well below the hub's own limit; longer waits are several. */
const longestWaitMs = 120_000;

export const inbox: CommandAction = async (call, context) => {
  const agent = call.arg(0);
  const limit = call.count('lease') ?? defaultCount;
  const leaseMs = call.durationMs('lease-for');
  const waitMs = call.durationMs('wait') ?? 0;
  const swarm = await context.connect();
  const messages = call.flag('peek')
    ? await swarm.peek(agent, { limit })
    : await leaseWaiting(swarm, agent, { limit, ...present({ leaseMs }) }, waitMs, context);
  if (context.json) context.output.json(renderJson({ messages: messages.map(messageJson) }));
  else print(messages, agent, { isPeek: call.flag('peek'), waitMs }, context);
  return undefined;
};

/** A hub that goes down lets waiters go early, so an empty answer counts only when the time is really over. */
async function leaseWaiting(
  swarm: Swarm,
  agent: string,
  options: { limit: number; leaseMs?: number },
  waitMs: number,
  { clock, stop }: Context,
): Promise<readonly ReceivedMessage[]> {
  const deadline = clock.monotonic() + waitMs;
  for (;;) {
    const remaining = Math.max(0, Math.ceil(deadline - clock.monotonic()));
    const messages = await swarm.lease(agent, { ...options, waitMs: Math.min(remaining, longestWaitMs), signal: stop });
    if (stop.aborted && messages.length === 0) {
      throw new WaggleError('aborted', `inbox of ${agent}: interrupted while waiting; nothing was taken`);
    }
    if (messages.length > 0 || deadline - clock.monotonic() <= 1) return messages;
  }
}

function print(
  messages: readonly ReceivedMessage[],
  agent: string,
  asked: { isPeek: boolean; waitMs: number },
  { output, clock }: Context,
): void {
  if (messages.length === 0) {
    const waited = asked.waitMs > 0 ? ` after ${formatDuration(asked.waitMs)}` : '; wait with --wait 30s';
    output.note(`inbox of ${plainLine(agent)} is empty${asked.isPeek ? '' : waited}`);
    return;
  }
  if (!output.isTerminal) {
    for (const message of messages) output.cells(messageCells(message));
    return;
  }
  const now = clock.now();
  for (const [index, message] of messages.entries()) {
    if (index > 0) output.line();
    printMessage(message, output, now);
    if (asked.isPeek) output.line(`  ${output.style.dim(`${message.id} · ${message.state}`)}`);
    else printLease(message, output, now);
  }
}
