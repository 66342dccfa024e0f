import { plainExcerpt, plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { ReceivedMessage } from '../../sdk/swarm.ts';
import { present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { confirmOn, counted, described, readSelection } from '../selection.ts';
import { messageJson } from '../terminal/message-output.ts';

const thing = 'quarantined message';

export const list: CommandAction = async (call, context) => {
  const options = present({ inbox: call.text('inbox'), limit: call.count('limit'), after: call.text('after') });
  const { messages, next } = await (await context.connect()).quarantine.list(options);
  const { output } = context;
  if (context.json) {
    output.json(renderJson({ messages: messages.map(messageJson), ...present({ next }) }));
    return undefined;
  }
  if (messages.length === 0) output.note('nothing is quarantined');
  for (const message of messages) print(message, context);
  if (next !== undefined) output.note(`more: waggle quarantine list --after ${next}`);
  else if (messages.length > 0 && output.isTerminal) {
    output.line();
    output.line(output.style.dim('all of one: waggle message ID · deliver it: waggle quarantine release ID'));
  }
  return undefined;
};

export const release: CommandAction = async (call, context) => {
  const selection = readSelection(call);
  await confirmOn(call, context, 'Release', described(selection, thing), 'for delivery');
  const released = await (await context.connect()).quarantine.release(selection);
  report(context, { released }, `${counted(released, thing)} released`);
  return undefined;
};

export const purge: CommandAction = async (call, context) => {
  const selection = readSelection(call);
  await confirmOn(call, context, 'Delete', described(selection, thing), 'for good');
  const purged = await (await context.connect()).quarantine.purge(selection);
  report(context, { purged }, `${counted(purged, thing)} deleted`);
  return undefined;
};

function print(message: ReceivedMessage, { output }: Context): void {
  const { id, to, from, subject, bodyText, provenance = {} } = message;
  const text = subject ?? plainExcerpt(bodyText, 60);
  const claimed = fact(provenance['claimedSender']) ?? from;
  const reason = fact(provenance['reason']) ?? '';
  if (!output.isTerminal) {
    output.cells([id, to, claimed, reason, Buffer.byteLength(bodyText), text]);
    return;
  }
  output.line(`${output.style.strong(id)} · says it is from ${plainLine(claimed)} → ${plainLine(to)}`);
  output.line(`  ${plainLine(text)}`);
  if (reason !== '') output.line(`  ${output.style.warn(plainLine(reason))}`);
}

function fact(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function report({ output, json }: Context, document: object, sentence: string): void {
  if (json) output.json(renderJson(document));
  else output.line(sentence);
}
