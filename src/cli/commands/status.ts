import { existsSync, statSync } from 'node:fs';
import { isErrorCode, WaggleError } from '../../errors.ts';
import type { HubStatus } from '../../hub/api.ts';
import { markDown } from '../../hub/down-mark.ts';
import { findSwarmDirectory, swarmDirectory } from '../../hub/swarm-directory.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import { isAlive } from '../../sdk/crashed-hub.ts';
import type { Swarm } from '../../sdk/swarm.ts';
import type { CommandAction, Context } from '../command.ts';
import { relativeTime } from '../durations.ts';

export const status: CommandAction = async (_call, context) => {
  const hub = await runningHub(context);
  if (hub === undefined) {
    throw new WaggleError(
      'not_found',
      'no hub is running here; waggle up runs one, and any send starts one by itself',
      {
        details: { running: false },
      },
    );
  }
  const { code, reason } = hub.status.store;
  if (code === 'store_corrupt') {
    throw new WaggleError(code, `the hub (pid ${hub.status.pid}) serves nothing, ${reason ?? code}`, {
      details: { status: hub.status },
    });
  }
  if (context.json) context.output.json(renderJson(hub.status));
  else for (const line of statusLines(hub.status, context)) context.output.line(line);
  return undefined;
};

export const down: CommandAction = async (call, context) => {
  const { output } = context;
  const hub = await runningHub(context);
  if (hub === undefined) {
    keepDown(context);
    if (context.json) output.json(renderJson({ stopped: false }));
    else output.line('no hub is running here');
    return undefined;
  }
  const { pid } = hub.status;
  const agents = call.flag('agents') ? await stopAgents(hub.swarm) : undefined;
  // A hub whose store is in trouble cannot tell, and is to stop all the same.
  const left = agents === undefined ? await workingAgents(hub.swarm).catch(() => []) : [];
  await stopHub(hub, context);
  if (context.json) output.json(renderJson({ stopped: true, pid, ...(agents === undefined ? {} : { agents }) }));
  else output.line(`hub ${pid} has stopped; every message is kept`);
  if (left.length > 0) {
    output.note(
      `still at work: ${left.join(', ')}; they are found again by the next hub (waggle down --agents ends them)`,
    );
  }
  return undefined;
};

/** A hub that died may be about to be started again by those who need it: not after this. */
function keepDown({ dir, cwd }: Context): void {
  const path = findSwarmDirectory(dir, cwd);
  if (path !== undefined && existsSync(swarmDirectory(path).marker)) markDown(swarmDirectory(path));
}

/** Ids of the agents whose programs were ended. All are tried; the first that could not be ended is told. */
async function stopAgents(swarm: Swarm): Promise<readonly string[]> {
  const ids = await workingAgents(swarm);
  const stopped = await Promise.allSettled(ids.map((id) => swarm.agents.stop(id)));
  const failed = stopped.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return ids;
}

async function workingAgents(swarm: Swarm): Promise<readonly string[]> {
  const processes = await swarm.agents.processes();
  return processes
    .filter(({ endedAt, restartAt }) => endedAt === undefined || restartAt !== undefined)
    .map(({ id }) => id);
}

export interface ConnectedHub {
  readonly swarm: Swarm;
  readonly status: HubStatus;
}

/** Resolves when the hub has let go of its directory. */
export async function stopHub(hub: ConnectedHub, context: Context): Promise<void> {
  // A hub may be gone before its answer is: whether its process ended is what counts.
  await hub.swarm.stopHub().catch((error: unknown) => {
    if (!(error instanceof WaggleError && error.code === 'hub_unreachable')) throw error;
  });
  await ended(hub.status, context);
}

/** The hub of this directory, never a new one; undefined where there is none, unless that is because none can run. */
export async function runningHub(context: Context): Promise<ConnectedHub | undefined> {
  const hub = await connectedHub(context);
  if (hub === undefined) await requireSoundStore(context);
  return hub;
}

/** The hub of this directory, never a new one; undefined where there is no directory or nobody answers in it. */
export async function connectedHub(context: Context): Promise<ConnectedHub | undefined> {
  try {
    const swarm = await context.connect({ start: false });
    return { swarm, status: await swarm.status() };
  } catch (error) {
    const isAbsent = error instanceof WaggleError && (error.code === 'not_found' || error.code === 'hub_unreachable');
    if (!isAbsent) throw error;
    return undefined;
  }
}

/** That no hub runs may be because none can: a store that is damaged, gone or too new is told by every command. */
async function requireSoundStore({ dir, cwd }: Context): Promise<void> {
  const path = findSwarmDirectory(dir, cwd);
  if (path === undefined) return;
  const { store, marker } = swarmDirectory(path);
  if ((statSync(store, { throwIfNoEntry: false })?.size ?? 0) === 0) {
    if (!existsSync(marker)) return;
    throw new WaggleError(
      'store_missing',
      `store ${store} is missing or empty, but this swarm has had one; restore a backup, or move the directory away to start anew`,
      { details: { file: store } },
    );
  }
  const { inspectStore } = await import('../../store/sqlite/inspect.ts');
  const [problem] = inspectStore(store).problems;
  if (problem === undefined) return;
  const details = { file: store, problem: problem.detail };
  if (isErrorCode(problem.what)) throw new WaggleError(problem.what, problem.detail, { details });
  throw new WaggleError(
    'store_corrupt',
    `store ${store} is damaged (${problem.detail}); nothing was changed. Restore a backup`,
    { details },
  );
}

export function statusLines(found: HubStatus, { output, clock }: Context): string[] {
  const { style } = output;
  const { state, reason = found.store.warning } = found.store;
  const why = reason === undefined ? '' : `: ${plainLine(reason)}`;
  const mood = state !== 'open' ? 'bad' : reason === undefined ? 'good' : 'warn';
  const health = style[mood](`${state}${why}`);
  const facts: [string, string][] = [
    ['hub', `pid ${found.pid}, version ${found.version}, up since ${relativeTime(found.startedAt, clock.now())}`],
    ['address', style.accent(found.url)],
    ['socket', found.socket],
    ['dashboard', style.accent(found.dashboard)],
    ['agents', String(found.agents)],
    ['store', `${found.store.engine} ${plainLine(found.store.file)}, ${health}`],
  ];
  return facts.map(([name, value]) => (output.isTerminal ? `${name.padEnd(10)} ${value}` : `${name}\t${value}`));
}

/** `hub.stop` answers before the hub has drained; `down` is done when the hub has let go of its directory. */
async function ended({ pid, socket }: HubStatus, { clock, stop }: Context): Promise<void> {
  const { sleep } = await import('../../clock.ts');
  const deadline = clock.monotonic() + 30_000;
  // The socket goes last, after the store and its lock. A process may linger as a zombie until somebody collects it.
  while (isAlive(pid) && (socket === '' || existsSync(socket))) {
    if (clock.monotonic() > deadline) {
      throw new WaggleError('timeout', `hub ${pid} is still draining after 30s; see waggle status`, {
        details: { pid },
      });
    }
    await sleep(clock, 25, stop).catch(() => {
      throw new WaggleError('aborted', `interrupted while hub ${pid} was draining; it goes on stopping`);
    });
  }
}
