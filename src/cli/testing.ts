import { EventEmitter } from 'node:events';
import { type Clock, systemClock } from '../clock.ts';
import type { Swarm } from '../sdk/swarm.ts';
import type { Context } from './command.ts';
import { buildProgram, parseCommandLine } from './program.ts';
import { Output, type TextSink } from './terminal/output.ts';

/** For tests: a stream that keeps what is written to it. */
export class CollectingSink extends EventEmitter implements TextSink {
  readonly isTTY: boolean;
  readonly columns = 80;
  writableNeedDrain = false;
  text = '';

  constructor(isTerminal = false) {
    super();
    this.isTTY = isTerminal;
  }

  write(text: string, callback?: () => void): boolean {
    this.text += text;
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

/** For tests: runs a command line in this process against a swarm, as a person at a terminal (or a pipe) would. */
export function commandRunner(swarm: Swarm, options: { terminal?: boolean; clock?: Clock } = {}) {
  return async (...argv: string[]) => {
    const collected = collectOutput({ terminal: options.terminal ?? true });
    const { output } = collected;
    const chosen = parseCommandLine(buildProgram(output), argv, output);
    if (typeof chosen === 'number') return { code: chosen, stdout: collected.stdout(), stderr: collected.stderr() };
    const context: Context = {
      output,
      clock: options.clock ?? systemClock,
      cwd: process.cwd(),
      env: {},
      dir: chosen.call.text('dir'),
      json: chosen.call.flag('json'),
      stop: new AbortController().signal,
      readStdin: async () => Buffer.from('from stdin'),
      connect: async () => swarm,
    };
    const action = await chosen.spec.load();
    const code = (await action(chosen.call, context)) ?? 0;
    return { code, stdout: collected.stdout(), stderr: collected.stderr() };
  };
}
