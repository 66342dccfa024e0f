import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../clock.ts';
import { judgeIdentity, nonceVariable, type ProcessTable, shimVariable, systemProcesses } from '../../identity.ts';
import { lookBeforeStart, sightingOf, whenStarted } from '../../life-start.ts';
import type { ProcessIdentity } from '../../process.ts';
import { leftoversOf, signalLeftovers, signalLife } from '../../process-group.ts';
import type { AgentSignal, Launch, Life, ProcessHost, Sighting, SignalOutcome } from '../../process-host.ts';
import { RunFolder } from '../../run-folder.ts';
import { shimSignals } from './shim.ts';

export interface ChildHostOptions {
  /** The swarm's folder of agents. */
  readonly agents: string;
  /** The command line that runs `waggle shim`, up to and without `shim`. */
  readonly waggle: readonly string[];
  readonly clock: Clock;
  readonly table?: ProcessTable;
}

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

  launch(launch: Launch): Promise<ProcessIdentity> {
    const folder = this.#folder(launch);
    folder.writeLaunch(launch);
    const hasShimEnded = this.#spawnShim(folder.path, launch.nonce);
    return whenStarted(folder, launch, this.#options.clock, hasShimEnded);
  }

  async look(life: Life): Promise<Sighting> {
    const folder = this.#folder(life);
    const end = folder.readEnd();
    if (end !== undefined) return sightingOf(end);
    const { identity, shim } = folder.readStart() ?? { identity: life.identity };
    if (identity === undefined) return lookBeforeStart(folder, life, this.#table);
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
    if (folder.readEnd() !== undefined) return signalLeftovers(identity, life.nonce, signal, this.#table);
    const shim = start?.shim;
    if (shim !== undefined && judgeIdentity(shim, life.nonce, this.#table) === 'same') {
      return signalOne(shim.pid, shimSignals[signal]);
    }
    return signalLife(identity, life.nonce, signal, this.#table);
  }

  async leftovers(life: Life): Promise<number> {
    const identity = this.#folder(life).readStart()?.identity ?? life.identity;
    return leftoversOf(identity, life.nonce, this.#table).length;
  }

  async release(life: Life): Promise<void> {
    this.#folder(life).remove();
  }

  #folder(life: Life): RunFolder {
    return RunFolder.of(this.#options.agents, life);
  }

  /** Answers whether the shim has ended, or never could be started. Its own last words go to `shim.log`. */
  #spawnShim(runPath: string, nonce: string): () => boolean {
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
    let hasEnded = false;
    const end = () => {
      hasEnded = true;
    };
    shim.once('exit', end).once('error', end);
    return () => hasEnded;
  }
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
