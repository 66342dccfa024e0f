import { systemClock } from '../clock.ts';
import { errorKinds, toWaggleError, WaggleError } from '../errors.ts';
import { createContext } from './context.ts';
import { buildProgram, type Chosen, parseCommandLine } from './program.ts';
import { printError } from './terminal/error-output.ts';
import { Output } from './terminal/output.ts';

/** How long a command may take to wind down after SIGINT before the process goes without it. */
const windDownMs = 2_000;
/** The same for a hub, which finishes what it has accepted. */
const drainMs = 30_000;
const interruptedExit = 130;
const versionFlags = new Set(['--version', '-v', '-V']);

/**
 * The composition root's front door: reads the command line, runs one command, reports what went wrong and exits with
 * the code the contract names. The only place that ends the process, and only after the output is flushed.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const output = new Output(process.stdout, process.stderr, process.env);
  const stop = new AbortController();
  let isInterrupted = false;
  const interrupt = (signal: NodeJS.Signals) => {
    const exit = () => process.exit(signal === 'SIGINT' ? interruptedExit : 143);
    if (stop.signal.aborted) exit(); // the second Ctrl-C: the user means it
    isInterrupted = signal === 'SIGINT';
    stop.abort(new WaggleError('aborted', `interrupted by ${signal}`));
    setTimeout(exit, argv.includes('up') ? drainMs : windDownMs).unref();
  };
  // A shim passes signals on and ends with its agent, not before.
  if (argv[0] !== 'shim') process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

  const code = await runCommandLine(argv, output, stop.signal);
  await output.flush();
  // Whatever a library left open (a socket, a timer) must not keep a finished command alive.
  const exit = isInterrupted && code !== 0 ? interruptedExit : code;
  process.exit(exit === 0 && output.failure !== undefined ? 1 : exit);
}

/** Runs one command line to its exit code. Never throws. */
export async function runCommandLine(argv: readonly string[], output: Output, stop: AbortSignal): Promise<number> {
  const wantsJson = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length).includes('--json');
  try {
    if (versionFlags.has(argv[0] ?? '')) {
      const { packageVersion } = await import('../version.ts');
      output.line(packageVersion);
      return 0;
    }
    const chosen = parseCommandLine(buildProgram(output), argv, output);
    return typeof chosen === 'number' ? chosen : await runChosen(chosen, output, stop);
  } catch (error) {
    const failure = toWaggleError(error);
    if (failure.code === 'aborted' && output.readerGone.aborted) return 0; // `| head -1` has what it wanted
    printError(failure, output, wantsJson);
    if (failure.code === 'internal' && process.env.WAGGLE_DEBUG) output.note(String(failure.stack));
    return errorKinds[failure.code].exit;
  }
}

async function runChosen({ spec, call }: Chosen, output: Output, stop: AbortSignal): Promise<number> {
  const context = createContext({
    output,
    clock: systemClock,
    cwd: process.cwd(),
    env: process.env,
    dir: call.text('dir'),
    json: call.flag('json'),
    stop,
    input: process.stdin,
    prompt: process.stderr,
    pipe: { input: process.stdin, output: process.stdout },
  });
  const action = await spec.load();
  try {
    return (await action(call, context)) ?? 0;
  } finally {
    await context.close();
  }
}
