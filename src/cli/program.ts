import { Argument, Command, CommanderError, Option } from 'commander';
import { WaggleError } from '../errors.ts';
import { Call } from './call.ts';
import { catalogue } from './catalogue/index.ts';
import type { CommandSpec } from './command.ts';
import { commandHelp, commandList, welcome } from './help.ts';
import type { Output } from './terminal/output.ts';

/** What the command line asked for. */
export interface Chosen {
  readonly spec: CommandSpec;
  readonly call: Call;
}

export interface Program {
  readonly root: Command;
  /** Set by commander's action once it has found the command and read its arguments. */
  chosen?: Chosen;
}

/** The table as a commander program. Cheap: no command's own module is loaded by it. */
export function buildProgram(output: Output): Program {
  const root = new Command('waggle');
  const program: Program = { root };
  prepare(root, output);
  root
    .configureHelp({ showGlobalOptions: true })
    .option('--json', 'JSON on stdout, one document a line, and nothing else there')
    .option('--dir <directory>', 'the swarm directory (default: the nearest .waggle upward)');
  root.helpInformation = () => commandList(catalogue, output.style);
  for (const spec of catalogue) addCommand(program, spec, output);
  return program;
}

/** The command and its arguments, or the exit code when a page (help, welcome) was all there was to do. */
export function parseCommandLine(program: Program, argv: readonly string[], output: Output): Chosen | number {
  if (argv.length === 0) {
    output.line(welcome(output.style));
    return 0;
  }
  try {
    program.root.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw usageError(error, program.root, argv);
  }
  if (program.chosen === undefined) throw new WaggleError('internal', `no command took ${argv.join(' ')}`);
  return program.chosen;
}

function addCommand(program: Program, spec: CommandSpec, output: Output): void {
  const words = spec.name.split(' ');
  const leaf = words.pop() ?? spec.name;
  const parent = words.reduce((at, word) => groupCommand(at, word, output), program.root);
  const command = parent.command(leaf, { hidden: spec.hidden === true });
  prepare(command, output);
  command.description(spec.summary);
  for (const { term, summary, choices } of spec.args ?? []) {
    const argument = new Argument(term, summary);
    if (choices !== undefined) argument.choices(choices);
    command.addArgument(argument);
  }
  for (const { flags, summary, choices, repeats, hidden } of spec.options ?? []) {
    const option = new Option(flags, summary).hideHelp(hidden === true);
    if (choices !== undefined) option.choices(choices);
    if (repeats === true) option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
    command.addOption(option);
  }
  const optionsOf = command.helpInformation.bind(command);
  command.helpInformation = () => commandHelp(spec, optionsOf(), output.style);
  command.action(() => {
    // Strings or lists of strings: no argument of the table has a parser of its own.
    const args = command.processedArgs as (string | string[] | undefined)[];
    program.chosen = { spec, call: new Call(args, command.optsWithGlobals()) };
  });
}

/** `agent` of `agent add`: made by the first of its commands. */
function groupCommand(parent: Command, name: string, output: Output): Command {
  const existing = parent.commands.find((command) => command.name() === name);
  if (existing !== undefined) return existing;
  const group = parent.command(name);
  prepare(group, output);
  group.helpInformation = () => commandList(catalogue, output.style, name);
  return group;
}

/** Errors are ours to print: commander only throws. */
function prepare(command: Command, output: Output): void {
  command
    .helpCommand(false)
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.line(text.replace(/\n+$/, '')),
      writeErr: () => {},
      outputError: () => {},
    });
}

function usageError(error: CommanderError, root: Command, argv: readonly string[]): WaggleError {
  if (error.code === 'commander.help') return missingSubcommand(root, argv);
  const problem = error.message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
  const page = pageFor(root, argv);
  return new WaggleError('invalid_input', `${problem}; see waggle ${page}--help`, {
    details: { problem, usage: error.code.replace('commander.', '') },
  });
}

/** commander asked for help because a group or the program stands alone. */
function missingSubcommand(root: Command, argv: readonly string[]): WaggleError {
  const group = root.commands.find((command) => command.name() === argv.find((word) => !word.startsWith('-')));
  const names = (group ?? root).commands.map((command) => command.name()).join(', ');
  return new WaggleError('invalid_input', `${group?.name() ?? 'waggle'}: needs a command, one of ${names}`, {
    details: { problem: 'no command given' },
  });
}

/** The words of the command line that name a command, for the hint. */
function pageFor(root: Command, argv: readonly string[]): string {
  let at = root;
  let page = '';
  for (const word of argv) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) continue;
    at = next;
    page += `${word} `;
  }
  return page;
}
