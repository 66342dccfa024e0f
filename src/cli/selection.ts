import { invalidInput, WaggleError } from '../errors.ts';
import type { SelectionInput } from '../hub/api.ts';
import { plainLine } from '../plain.ts';
import type { Call } from './call.ts';
import type { Context } from './command.ts';

/** Exactly one way to say which: nothing is ever selected by leaving something out. */
export function readSelection(call: Call): SelectionInput {
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

/** The selection in words: `3 dead letters`, `every dead letter of bob`. */
export function described({ ids, inbox }: SelectionInput, thing: string): string {
  if (ids !== undefined) return counted(ids.length, thing);
  return inbox === undefined ? `every ${thing} of every inbox` : `every ${thing} of ${plainLine(inbox)}`;
}

export function counted(count: number, thing: string, things = `${thing}s`): string {
  return count === 1 ? `1 ${thing}` : `${count} ${things}`;
}

/** Goes on only with the person's yes, given now or by `--yes`. `aborted` when it is no. */
export async function confirmOn(call: Call, { ask }: Context, verb: string, what: string, how: string): Promise<void> {
  if (call.flag('yes')) return;
  if (ask === undefined) {
    throw new WaggleError('invalid_input', `--yes: needed to ${verb.toLowerCase()} ${what} where nobody can be asked`, {
      details: { field: '--yes' },
    });
  }
  if (!(await ask(`${verb} ${what} ${how}?`))) throw new WaggleError('aborted', `nothing was ${verb.toLowerCase()}d`);
}
