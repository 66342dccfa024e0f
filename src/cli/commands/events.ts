import type { WireEvent } from '../../hub/api.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { CommandAction, Context } from '../command.ts';

export const events: CommandAction = async (call, context) => {
  const after = call.count('after', 0) ?? 0;
  const isFollowing = call.flag('follow');
  const swarm = await context.connect();
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, context.stop, context.output.readerGone]);
  // Without --follow it ends where the present was when it was asked.
  const last = isFollowing ? Number.POSITIVE_INFINITY : (await swarm.status()).lastEvent;
  if (last <= after) ending.abort();
  let count = 0;
  try {
    for await (const event of swarm.events({ after, signal })) {
      count += 1;
      print(event, context);
      await context.output.caughtUp();
      if (event.seq >= last) ending.abort();
    }
  } catch (error) {
    // Our own way of ending the stream is no failure, whatever shape the transport gives it.
    if (!signal.aborted) throw error;
  }
  if (count === 0 && !context.json && !context.stop.aborted) context.output.note('no events yet; watch with --follow');
  return context.stop.aborted ? 130 : 0;
};

function print(event: WireEvent, { output, json }: Context): void {
  if (json) {
    output.json(renderJson(event));
    return;
  }
  const subject = event.messageId ?? event.agent ?? '';
  const facts = Object.entries(event.data)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  if (!output.isTerminal) {
    output.cells([event.seq, event.at, event.type, event.inbox ?? '', subject, facts]);
    return;
  }
  const { style } = output;
  const time = style.dim(event.at.slice(11, 23));
  const inbox = event.inbox === undefined ? '' : `${style.strong(plainLine(event.inbox))} `;
  output.line(`${time} ${event.type.padEnd(18)} ${inbox}${plainLine(subject)} ${style.dim(plainLine(facts))}`);
}
