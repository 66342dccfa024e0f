import type { WireHistoryEntry } from '../../hub/api.ts';
import type { WireReceipt } from '../../hub/delivery-api.ts';
import { plain, plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { ReceivedMessage } from '../../sdk/swarm.ts';
import { present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { messageCells, messageJson, printMessage } from '../terminal/message-output.ts';

export const message: CommandAction = async (call, context) => {
  const { message: found, receipt, history } = await (await context.connect()).message(call.arg(0));
  const { output, clock } = context;
  if (context.json) {
    output.json(renderJson({ message: messageJson(found), ...present({ receipt }), history }));
    return undefined;
  }
  if (!output.isTerminal) {
    output.cells(messageCells(found));
    for (const entry of history) output.cells([entry.at, entry.type, factsOf(entry.data)]);
    return undefined;
  }
  const now = clock.now();
  output.line(`${output.style.dim(found.id)} · ${output.style.strong(found.state)}`);
  printMessage(found, output, now, Number.POSITIVE_INFINITY);
  if (receipt !== undefined) output.line(`  ${output.style.dim(receiptLine(receipt, now))}`);
  if (found.provenance !== undefined) output.line(`  ${output.style.warn(factsOf(found.provenance))}`);
  output.line();
  for (const entry of history) {
    output.line(
      `  ${relativeTime(entry.at, now).padEnd(12)} ${entry.type.padEnd(18)} ${output.style.dim(factsOf(entry.data))}`,
    );
  }
  return undefined;
};

export const thread: CommandAction = async (call, context) => {
  const page = present({ limit: call.count('limit'), after: call.text('after') });
  const { messages, next } = await (await context.connect()).thread(call.arg(0), page);
  if (context.json) context.output.json(renderJson({ messages: messages.map(messageJson), ...present({ next }) }));
  else if (messages.length === 0) context.output.note(`thread ${plainLine(call.arg(0))} has no more messages`);
  else printAll(messages, context);
  if (next !== undefined && !context.json)
    context.output.note(`more: waggle thread ${plainLine(call.arg(0))} --after ${next}`);
  return undefined;
};

export const search: CommandAction = async (call, context) => {
  const options = present({ limit: call.count('limit'), inbox: call.text('inbox') });
  const hits = await (await context.connect()).search(call.arg(0), options);
  const { output } = context;
  if (context.json) {
    output.json(renderJson({ hits: hits.map((hit) => ({ message: messageJson(hit.message), snippet: hit.snippet })) }));
  } else if (hits.length === 0) {
    output.note(
      `no message holds ${JSON.stringify(plainLine(call.arg(0)))}; every word must occur in its subject or body`,
    );
  } else if (!output.isTerminal) {
    for (const hit of hits) output.cells([...messageCells(hit.message).slice(0, -1), hit.snippet]);
  } else {
    for (const { message: found, snippet } of hits) {
      output.line(`${output.style.dim(found.id)} · ${found.state} · ${plainLine(found.from)} → ${plainLine(found.to)}`);
      if (found.subject !== null) output.line(`  ${output.style.strong(plainLine(found.subject))}`);
      output.line(`  ${plainLine(plain(snippet))}`);
    }
  }
  return undefined;
};

/** Each step that is known, in the order of the way: `stored 2 min ago · injected 1 min ago by exec`. */
function receiptLine(receipt: WireReceipt, now: number): string {
  const { storedAt, injectedAt, leasedAt, seenAt, ackedAt, uncertainAt, door, why } = receipt;
  const steps = [
    ['stored', storedAt],
    [`injected${door === undefined ? '' : ` by ${door}`}`, injectedAt],
    [`uncertain: ${plainLine(why ?? '')},`, uncertainAt],
    ['leased', leasedAt],
    ['seen', seenAt],
    ['acked', ackedAt],
  ] as const;
  return steps.flatMap(([step, at]) => (at === undefined ? [] : [`${step} ${relativeTime(at, now)}`])).join(' · ');
}

function printAll(messages: readonly ReceivedMessage[], { output, clock }: Context): void {
  const now = clock.now();
  for (const found of messages) {
    if (!output.isTerminal) {
      output.cells(messageCells(found));
      continue;
    }
    printMessage(found, output, now);
    output.line(`  ${output.style.dim(`${found.id} · ${found.state}`)}`);
  }
}

function factsOf(data: WireHistoryEntry['data']): string {
  return Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key}=${plainLine(typeof value === 'string' ? value : JSON.stringify(value))}`)
    .join(' ');
}
