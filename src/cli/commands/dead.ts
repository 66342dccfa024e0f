import type { WireDeadLetter } from '../../hub/api.ts';
import { plainExcerpt, plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { confirmOn, counted, described, readSelection } from '../selection.ts';
import { messageJson } from '../terminal/message-output.ts';

export const list: CommandAction = async (call, context) => {
  const options = present({ inbox: call.text('inbox'), limit: call.count('limit'), after: call.text('after') });
  const { dead, next } = await (await context.connect()).dead.list(options);
  const { output } = context;
  if (context.json) {
    const letters = dead.map(({ message, errors }) => ({
      message: messageJson({ ...message, body: undefined }),
      errors,
    }));
    output.json(renderJson({ dead: letters, ...present({ next }) }));
    return undefined;
  }
  if (dead.length === 0) output.note('no dead letters');
  for (const letter of dead) print(letter, context);
  if (next !== undefined) output.note(`more: waggle dead list --after ${next}`);
  else if (dead.length > 0 && output.isTerminal) {
    output.line();
    output.line(output.style.dim('put one back with: waggle dead redrive ID · all of an inbox: --inbox AGENT'));
  }
  return undefined;
};

export const redrive: CommandAction = async (call, context) => {
  const selection = readSelection(call);
  const redriven = await (await context.connect()).dead.redrive(selection);
  report(context, { redriven }, redriven, 'put back');
  return undefined;
};

export const purge: CommandAction = async (call, context) => {
  const selection = readSelection(call);
  await confirmOn(call, context, 'Delete', described(selection, 'dead letter'), 'for good');
  const purged = await (await context.connect()).dead.purge(selection);
  report(context, { purged }, purged, 'deleted');
  return undefined;
};

function print({ message, errors }: WireDeadLetter, { output, clock }: Context): void {
  const last = errors.at(-1);
  const subject = message.subject ?? plainExcerpt(message.bodyText, 60);
  if (!output.isTerminal) {
    output.cells([message.id, message.to, message.from, errors.length, last?.at ?? '', last?.reason ?? '', subject]);
    return;
  }
  output.line(`${output.style.strong(message.id)} · ${plainLine(message.from)} → ${plainLine(message.to)}`);
  output.line(`  ${plainLine(subject)}`);
  for (const error of errors) {
    const when = relativeTime(error.at, clock.now());
    output.line(
      `  ${output.style.bad(`attempt ${error.attempt}`)} ${output.style.dim(when)} ${plainLine(error.reason)}`,
    );
  }
}

function report({ output, json }: Context, document: object, count: number, verb: string): void {
  if (json) output.json(renderJson(document));
  else output.line(`${counted(count, 'dead letter')} ${verb}`);
}
