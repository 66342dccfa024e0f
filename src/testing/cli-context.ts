import { EventEmitter } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import type { Context } from '../cli/command.ts';
import { buildProgram, parseCommandLine } from '../cli/program.ts';
import { Output, type TextSink } from '../cli/terminal/output.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Swarm } from '../sdk/swarm.ts';

/** For tests: a stream that keeps what is written to it. */
export class CollectingSink extends EventEmitter implements TextSink {
  readonly isTTY: boolean;
  readonly columns = 80;
  writableNeedDrain = false;
  text = '';
  onWrite: ((text: string) => void) | undefined;

  constructor(isTerminal = false) {
    super();
    this.isTTY = isTerminal;
  }

  write(text: string, callback?: () => void): boolean {
    this.text += text;
    this.onWrite?.(text);
    callback?.();
    return true;
  }
}

/** An output whose two streams can be read back; `terminal` makes both a terminal. */
export function collectOutput(options: { terminal?: boolean; env?: NodeJS.ProcessEnv } = {}) {
  const out = new CollectingSink(options.terminal);
  const error = new CollectingSink(options.terminal);
  return {
    output: new Output(out, error, options.env ?? { NO_COLOR: '1' }),
    stdout: () => out.text,
    stderr: () => error.text,
    out,
    error,
  };
}

interface RunnerOptions {
  readonly terminal?: boolean;
  readonly clock?: Clock;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stop?: AbortSignal;
  readonly ask?: (question: string) => Promise<boolean>;
  /** Hears each write while the command runs. */
  readonly onOutput?: (text: string) => void;
}

/** For tests: runs a command line in this process against a swarm, as a person at a terminal (or a pipe) would. */
export function commandRunner(swarm: Swarm, options: RunnerOptions = {}) {
  return async (...argv: string[]) => {
    const collected = collectOutput({ terminal: options.terminal ?? true });
    const { output } = collected;
    collected.out.onWrite = options.onOutput;
    const chosen = parseCommandLine(buildProgram(output), argv, output);
    if (typeof chosen === 'number') return { code: chosen, stdout: collected.stdout(), stderr: collected.stderr() };
    const context: Context = {
      output,
      clock: options.clock ?? systemClock,
      cwd: options.cwd ?? process.cwd(),
      env: options.env ?? {},
      dir: chosen.call.text('dir'),
      json: chosen.call.flag('json'),
      stop: options.stop ?? new AbortController().signal,
      ask: options.ask,
      pipe: { input: Readable.from([]), output: new PassThrough() },
      readStdin: async () => Buffer.from('from stdin'),
      connect: async () => swarm,
    };
    const action = await chosen.spec.load();
    const code = (await action(chosen.call, context)) ?? 0;
    return { code, stdout: collected.stdout(), stderr: collected.stderr() };
  };
}
