import { skewedClock } from '../../clock-skew.ts';
import type { RunningHub } from '../../compose.ts';
import { invalidInput, toWaggleError, WaggleError } from '../../errors.ts';
import { findSwarmDirectory, newSwarmDirectory } from '../../hub/swarm-directory.ts';
import { plain } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { StartReport } from '../../sdk/start-hub.ts';
import { aborted, type RunningService } from '../../service.ts';
import { type Call, present } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { printError } from '../terminal/error-output.ts';
import { statusLines } from './status.ts';

/** Runs beside the hub and is over before it goes. */
export type Beside = (hub: RunningHub) => RunningService;

/** The hub in this process, until it is told to stop. Ctrl-C drains: what was accepted is finished first. */
export const up: CommandAction = async (call, context) => {
  if (!call.flag('demo')) return runUp(call, context);
  const { upDemo } = await import('./up-demo.ts');
  return upDemo(context, (inDemo, beside) => runUp(call, inDemo, beside));
};

async function runUp(call: Call, context: Context, beside?: Beside): Promise<number> {
  const isBackground = call.flag('background');
  const { output, stop } = context;
  const hub = await start(call, context).catch(async (error: unknown) => {
    if (isBackground) await tellParent({ error: toWaggleError(error).toDocument() });
    throw error;
  });
  const status = { ...hub.status, dashboard: hub.hub.dashboardAddress() };
  if (isBackground) {
    await tellParent({ ready: true });
  } else if (context.json) {
    output.json(renderJson(status));
  } else {
    output.line(`${output.style.strong('Waggle')} is up; Ctrl-C stops it, messages stay.`);
    for (const line of statusLines(status, context)) output.line(line);
  }
  const service = beside?.(hub);
  const close = () => {
    if (!isBackground) output.note(output.errorStyle.dim('stopping: finishing what was accepted'));
    hub.close().catch((error: unknown) => output.note(`error: ${plain(toWaggleError(error).message)}`));
  };
  // Ctrl-C is a person's word, as `waggle down` is; a background hub that is signalled is merely gone.
  void aborted(stop).then(async () => {
    await service?.stop();
    if (!isBackground) hub.hub.requestStop();
    close();
  });
  if (call.flag('until-stdin-ends')) process.stdin.resume().once('end', close).once('error', close);
  const failure = await hub.closed;
  await service?.stop();
  if (failure === undefined) return 0;
  // Whatever a caller may do about it, this hub has failed.
  printError(failure, output, context.json);
  return 1;
}

async function start(call: Call, context: Context) {
  const { dir, cwd, output, clock } = context;
  const store: 'memory' | undefined = call.text('store') === 'memory' ? 'memory' : undefined;
  const skewFile = call.text('clock-skew-file');
  const options = present({
    dir,
    port: readPort(call),
    idleExitMs: call.durationMs('idle-exit'),
    store,
    clock: skewFile === undefined ? undefined : skewedClock(clock, skewFile),
  });
  if (findSwarmDirectory(dir, cwd) === undefined) {
    // Whoever starts one in the background has made the directory: it was deleted since, and nobody wants it back.
    if (call.flag('background')) {
      throw new WaggleError('not_found', `no swarm at ${dir ?? cwd}; it was removed`, {
        details: { path: dir ?? cwd },
      });
    }
    output.note(output.errorStyle.dim(`creating the swarm directory ${newSwarmDirectory(dir, cwd)}`));
  }
  // Only here: the hub is the one thing a client must never load.
  const { runHub } = await import('../../compose.ts');
  const { ChildStressLauncher } = await import('./stress-launcher.ts');
  const note = (line: string) => output.note(`${new Date(clock.now()).toISOString()} ${plain(line)}`);
  const stress = new ChildStressLauncher(context.clock);
  return runHub({
    ...options,
    stress,
    notice: note,
    onFailure: (error) => note(`error: ${toWaggleError(error).message}`),
  });
}

function readPort(call: Call): number | undefined {
  const port = call.count('port', 0);
  if (port !== undefined && port > 65_535) throw invalidInput('--port', port, 'must be 0 to 65535');
  return port;
}

/** The client that started this hub waits for one word. It may be gone by now, and that is its own business. */
function tellParent(report: StartReport): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(report, undefined, undefined, () => resolve());
  });
}
