import { jsonLine, plain } from '../../plain.ts';
import { createStyle, type Style } from './style.ts';

/** The part of a stream this room uses; `process.stdout` is one, a test's collector another. */
export interface TextSink {
  write(text: string, callback?: () => void): boolean;
  once(event: 'drain', listener: () => void): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly writableNeedDrain?: boolean;
}

/**
 * The only way out: results to stdout, everything said about them to stderr. A reader that goes away (`| head -1`) is
 * no failure: later writes are dropped and `readerGone` aborts, so that endless commands end.
 */
export class Output {
  readonly style: Style;
  readonly errorStyle: Style;
  readonly readerGone: AbortSignal;
  /** Why stdout took no more, when that was not simply its reader going away. */
  failure: Error | undefined;
  readonly #stdout: TextSink;
  readonly #stderr: TextSink;

  constructor(stdout: TextSink, stderr: TextSink, env: NodeJS.ProcessEnv) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.style = createStyle(stdout.isTTY === true, env);
    this.errorStyle = createStyle(stderr.isTTY === true, env);
    const gone = new AbortController();
    this.readerGone = gone.signal;
    stdout.on('error', (error) => {
      gone.abort();
      // A reader that left is no failure; a result that could not be written (a full disk behind `>`) is.
      if (error.code === 'EPIPE' || this.failure !== undefined) return;
      this.failure = error;
      stderr.write(`internal: the result could not be written (${error.message})\n`);
    });
    stderr.on('error', () => {});
  }

  /** Whether a person reads stdout: tables and words rather than tab-separated lines. */
  get isTerminal(): boolean {
    return this.#stdout.isTTY === true;
  }

  /** Whether a person sees stderr: progress bars and questions. */
  get isErrorTerminal(): boolean {
    return this.#stderr.isTTY === true;
  }

  get columns(): number {
    return this.#stdout.columns ?? 100;
  }

  /** A line of the result. Peers' text in it must have gone through `plain`. */
  line(text = ''): void {
    this.#write(`${text}\n`);
  }

  /** Tab-separated cells, for a pipe. */
  cells(cells: readonly (string | number)[]): void {
    this.line(cells.map((cell) => plain(String(cell)).replace(/[\n\t]+/g, ' ')).join('\t'));
  }

  /** One JSON document on one line. `json` is JSON text already. */
  json(json: string): void {
    this.line(jsonLine(json));
  }

  /** A line for the person at the terminal, never part of the result. */
  note(text: string): void {
    this.#stderr.write(`${text}\n`);
  }

  /** Text without a newline to stderr: progress and questions. */
  noteInline(text: string): void {
    this.#stderr.write(text);
  }

  /** Resolves once a slow reader has caught up; long listings wait for it instead of growing in memory. */
  async caughtUp(): Promise<void> {
    if (this.#stdout.writableNeedDrain !== true || this.readerGone.aborted) return;
    await new Promise<void>((resolve) => {
      this.#stdout.once('drain', resolve);
      this.readerGone.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Resolves when everything written has left the process; only then may it exit. */
  async flush(): Promise<void> {
    await Promise.all([flushSink(this.#stderr), this.readerGone.aborted ? undefined : flushSink(this.#stdout)]);
  }

  #write(text: string): void {
    if (!this.readerGone.aborted) this.#stdout.write(text);
  }
}

function flushSink(sink: TextSink): Promise<void> {
  // The callback also comes with an error, so a broken pipe does not keep us waiting.
  return new Promise((resolve) => sink.write('', () => resolve()));
}
