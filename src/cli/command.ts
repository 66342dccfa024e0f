import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { Swarm } from '../sdk/swarm.ts';
import type { Call } from './call.ts';
import type { Output } from './terminal/output.ts';

/** Groups of the help page, in its order. */
export const commandGroups = [
  'Getting started',
  'Messages',
  'Queue',
  'Context',
  'Missions',
  'Agents at work',
  'Delivery',
  'Rescue',
  'Stress lab',
  'Monitoring',
  'Hub',
] as const;
export type CommandGroup = (typeof commandGroups)[number];

/** One row of the table of commands: plain data, so that help and completion load nothing of what commands do. */
export interface CommandSpec {
  /** As typed: `send`, `agent add`. */
  readonly name: string;
  readonly group: CommandGroup;
  /** One sentence. */
  readonly summary: string;
  readonly args?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** What a first reader of `--help` must know beyond the summary. */
  readonly details?: string;
  /** Command line and what it does. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  readonly hidden?: boolean;
  /** The words after the command are somebody else's command line and are not interpreted. */
  readonly passThrough?: boolean;
  readonly load: () => Promise<CommandAction>;
}

export interface ArgumentSpec {
  /** commander's notation: `<required>`, `[optional]`, `<many...>`. */
  readonly term: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  /** Completion offers the ids of registered agents. */
  readonly completes?: 'agent';
}

export interface OptionSpec {
  /** commander's notation: `--delay <duration>`, `--peek`. */
  readonly flags: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  /** May be given more than once; every value counts. */
  readonly repeats?: boolean;
  readonly hidden?: boolean;
  readonly completes?: 'agent';
}

/** What a command gets of the world; nothing in `commands/` reaches around it. */
export interface Context {
  readonly output: Output;
  readonly clock: Clock;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** `--dir`. */
  readonly dir: string | undefined;
  readonly json: boolean;
  /** Aborts at SIGINT and SIGTERM; see also `output.readerGone`. */
  readonly stop: AbortSignal;
  /** Asks the person at the terminal; undefined where nobody can be asked. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  /** Everything on standard input. */
  readStdin(): Promise<Buffer>;
  /** Standard input and output themselves, for a command that speaks a protocol over them. */
  readonly pipe: { readonly input: Readable; readonly output: Writable };
  /** A connection that is closed when the command ends. `create` and `start` as in `connectSwarm`. */
  connect(options?: { create?: boolean; start?: boolean }): Promise<Swarm>;
}

/** Does the work; a number is the exit code, nothing means 0. Throws a WaggleError for everything that failed. */
export type CommandAction = (call: Call, context: Context) => Promise<number | undefined>;
