import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Clock, sleep } from '../../../clock.ts';
import { WaggleError } from '../../../errors.ts';
import {
  identityOf,
  judgeIdentity,
  nonceVariable,
  type ProcessTable,
  processesWithNonce,
  shimVariable,
  systemProcesses,
} from '../../identity.ts';
import type { ProcessIdentity } from '../../process.ts';
import type { AgentSignal, Launch, Life, ProcessHost, Sighting, SignalOutcome } from '../../process-host.ts';
import { RunFolder } from '../../run-folder.ts';
import { groupSignals, shimSignals, signalGroup } from './shim.ts';

export interface ChildHostOptions {
  /** The swarm's folder of agents. */
  readonly agents: string;
  /** The command line that runs `waggle shim`, up to and without `shim`. */
  readonly waggle: readonly string[];
  readonly clock: Clock;
  readonly table?: ProcessTable;
}

/** A shim is a start of Node; on a crowded machine that takes seconds. */
const startMs = 20_000;
const lookEveryMs = 10;

/** Runs each agent as the child of a small shim that outlives the hub. The agent has no terminal and an empty stdin. */
export class ChildHost implements ProcessHost {
  readonly name = 'child';
  readonly #options: ChildHostOptions;
  readonly #table: ProcessTable;

  constructor(options: ChildHostOptions) {
    this.#options = options;
    this.#table = options.table ?? systemProcesses;
  }

  async obstacle(): Promise<undefined> {}

  async launch(launch: Launch): Promise<ProcessIdentity> {
    const folder = this.#folder(launch);
    folder.writeLaunch(launch);
    const shimEnded = this.#spawnShim(folder.path, launch.nonce);
    return whenStarted(folder, launch, this.#options.clock, shimEnded);
  }

  async look(life: Life): Promise<Sighting> {
    const folder = this.#folder(life);
    const end = folder.readEnd();
    if (end !== undefined) return sightingOf(end);
    const { identity, shim } = folder.readStart() ?? { identity: life.identity };
    if (identity === undefined) return this.#lookBeforeStart(folder, life);
    const verdict = judgeIdentity(identity, life.nonce, this.#table);
    if (verdict === 'same') return { state: 'running', identity };
    const shimVerdict = shim === undefined ? 'gone' : judgeIdentity(shim, life.nonce, this.#table);
    // A shim that lives has not seen the end yet, whatever its child's environment looks like.
    if (shimVerdict === 'same') return { state: 'running', identity };
    if (verdict === 'unknown')
      return { state: 'unknown', reason: `whether pid ${identity.pid} is still it cannot be told` };
    // The shim may have written it down between the two looks.
    const lateEnd = folder.readEnd();
    if (lateEnd !== undefined) return sightingOf(lateEnd);
    if (shimVerdict === 'unknown') return { state: 'unknown', reason: 'whether its shim lives cannot be told' };
    return { state: 'ended', exit: { reason: 'it ended after its shim was killed, so nobody saw how' } };
  }

  async signal(life: Life, signal: AgentSignal): Promise<SignalOutcome> {
    const folder = this.#folder(life);
    const start = folder.readStart();
    const identity = start?.identity ?? life.identity;
    if (folder.readEnd() !== undefined) return this.#signalLeftovers(identity, life, signal);
    const shim = start?.shim;
    if (shim !== undefined && judgeIdentity(shim, life.nonce, this.#table) === 'same') {
      return signalOne(shim.pid, shimSignals[signal]);
    }
    if (identity === undefined) return 'unknown';
    const verdict = judgeIdentity(identity, life.nonce, this.#table);
    if (verdict === 'unknown') return 'unknown';
    if (verdict === 'same') return signalGroup(identity.pid, groupSignals[signal]) ? 'sent' : 'gone';
    return this.#signalLeftovers(identity, life, signal);
  }

  async leftovers(life: Life): Promise<number> {
    return this.#leftovers(this.#folder(life).readStart()?.identity ?? life.identity, life).length;
  }

  async release(life: Life): Promise<void> {
    this.#folder(life).remove();
  }

  #folder(life: Life): RunFolder {
    return RunFolder.of(this.#options.agents, life);
  }

  /** Resolves when the shim has ended, or never could be started. Its own last words go to `shim.log`. */
  #spawnShim(runPath: string, nonce: string): Promise<unknown> {
    const [program = '', ...args] = this.#options.waggle;
    const log = openSync(join(dirname(runPath), 'shim.log'), 'a', 0o600);
    const shim = spawn(program, [...args, 'shim', 'run', runPath], {
      cwd: '/',
      env: { ...process.env, [nonceVariable]: nonce, [shimVariable]: '1' },
      detached: true,
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    shim.unref();
    return new Promise((resolve) => {
      shim.once('exit', resolve);
      shim.once('error', resolve);
    });
  }

  #lookBeforeStart(folder: RunFolder, life: Life): Sighting {
    // Whoever claims first has decided: a shim that comes later starts nothing.
    if (!folder.exists || folder.claim(undefined)) return never('the hub ended before it was started');
    const claim = folder.readClaim();
    if (claim === 'void') return never('the hub ended before it was started');
    const shimVerdict = claim === 'unreadable' ? 'gone' : judgeIdentity(claim, life.nonce, this.#table);
    if (shimVerdict === 'same') return { state: 'starting' };
    if (shimVerdict === 'unknown') return { state: 'unknown', reason: 'whether its shim lives cannot be told' };
    const found = processesWithNonce(life.nonce, this.#table);
    if (found.some(({ isShim }) => isShim)) return { state: 'starting' };
    const [leader] = found.filter(({ pid, group }) => pid === group);
    if (leader !== undefined) return { state: 'running', identity: identityOf(leader.pid, this.#table) };
    const lateEnd = folder.readEnd();
    return lateEnd === undefined ? never('its shim was killed before it ran') : sightingOf(lateEnd);
  }

  #leftovers(identity: ProcessIdentity | undefined, { nonce }: Life) {
    if (identity === undefined) return [];
    return processesWithNonce(nonce, this.#table).filter(({ isShim, group }) => !isShim && group === identity.pid);
  }

  /** A group keeps its number while it has members, and these are known to be ours. */
  #signalLeftovers(identity: ProcessIdentity | undefined, life: Life, signal: AgentSignal): SignalOutcome {
    if (identity === undefined || this.#leftovers(identity, life).length === 0) return 'gone';
    return signalGroup(identity.pid, groupSignals[signal]) ? 'sent' : 'gone';
  }
}

/** Waits for what the starting process writes down; when time is up, claims it, so that it never starts later. */
export async function whenStarted(
  folder: RunFolder,
  { agent, command }: Pick<Launch, 'agent' | 'command'>,
  clock: Clock,
  starterEnded: Promise<unknown>,
): Promise<ProcessIdentity> {
  let hasEnded = false;
  void starterEnded.then(() => {
    hasEnded = true;
  });
  const deadline = clock.monotonic() + startMs;
  for (;;) {
    const wasOver = hasEnded || clock.monotonic() > deadline;
    const end = folder.readEnd();
    if (end?.neverRan === true) throw startFailed(agent, command, end.exit.reason ?? 'it could not be started');
    const start = folder.readStart();
    if (start !== undefined) return start.identity;
    if (wasOver && folder.claim(undefined)) {
      throw startFailed(agent, command, hasEnded ? 'its shim ended at once' : `it did not start in ${startMs} ms`);
    }
    if (wasOver) {
      throw new WaggleError(
        'timeout',
        `agent ${agent}: whether it started is not known yet; see waggle agent show ${agent}`,
        {
          details: { id: agent },
        },
      );
    }
    await sleep(clock, lookEveryMs);
  }
}

function startFailed(agent: string, command: readonly string[], reason: string): WaggleError {
  return new WaggleError('start_failed', `agent ${agent}: ${command[0] ?? ''} did not run: ${reason}`, {
    details: { id: agent, command, reason },
  });
}

function signalOne(pid: number, signal: NodeJS.Signals): SignalOutcome {
  try {
    process.kill(pid, signal);
    return 'sent';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return 'gone';
    throw error;
  }
}

function sightingOf({ exit, neverRan = false }: { exit: { reason?: string }; neverRan?: boolean }): Sighting {
  return neverRan ? never(exit.reason ?? 'it could not be started') : { state: 'ended', exit };
}

function never(reason: string): Sighting {
  return { state: 'failed', reason };
}
