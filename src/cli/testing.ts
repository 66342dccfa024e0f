import { EventEmitter } from 'node:events';
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
