import { invalidInput, WaggleError } from '../../errors.ts';
import type { SelectionInput, WireDeadLetter } from '../../hub/api.ts';
import { renderJson } from '../../render-json.ts';
import { type Call, present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';
import { messageJson } from '../terminal/message-output.ts';
import { plainExcerpt, plainLine } from '../terminal/plain.ts';

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
  if (!call.flag('yes')) await confirmPurge(selection, context);
  const purged = await (await context.connect()).dead.purge(selection);
  report(context, { purged }, purged, 'deleted');
  return undefined;
};

/** Exactly one way to say which: nothing is ever selected by leaving something out. */
function readSelection(call: Call): SelectionInput {
  const ids = call.args(0);
  const inbox = call.text('inbox');
  const all = call.flag('all');
  const ways = [ids.length > 0, inbox !== undefined, all].filter(Boolean).length;
  if (ways !== 1) {
    throw invalidInput(
      'selection',
      { ids, inbox, all },
      'must be message ids, or --inbox AGENT, or --all: exactly one of them',
    );
  }
  if (all) return { all: true };
  return inbox === undefined ? { ids } : { inbox };
}

async function confirmPurge(selection: SelectionInput, { ask }: Context): Promise<void> {
  const what = described(selection);
  if (ask === undefined) {
    throw new WaggleError('invalid_input', `--yes: needed to delete ${what} where nobody can be asked`, {
      details: { field: '--yes' },
    });
  }
  if (!(await ask(`Delete ${what} for good?`))) throw new WaggleError('aborted', 'nothing was deleted');
}

function described({ ids, inbox }: SelectionInput): string {
  if (ids !== undefined) return ids.length === 1 ? '1 dead letter' : `${ids.length} dead letters`;
  return inbox === undefined ? 'every dead letter of every inbox' : `every dead letter of ${plainLine(inbox)}`;
}

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
  else output.line(count === 1 ? `1 dead letter ${verb}` : `${count} dead letters ${verb}`);
}
