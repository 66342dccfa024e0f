import type { CommandAction } from '../command.ts';
import { buildProgram, parseCommandLine } from '../program.ts';

/** `help dead redrive` is `dead redrive --help`; a word nobody knows gets the suggestion a mistyped command gets. */
export const help: CommandAction = async (call, { output }) => {
  const words = call.args(0);
  const program = buildProgram(output);
  const isKnown = words.length === 0 || program.root.commands.some((command) => command.name() === words[0]);
  parseCommandLine(program, isKnown ? [...words, '--help'] : words, output);
  return undefined;
};
