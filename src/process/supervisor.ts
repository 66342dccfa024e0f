import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../backoff.ts';
import { type Clock, sleep } from '../clock.ts';
import { makeFolderDurably, writeDurably } from '../durable-file.ts';
import { WaggleError } from '../errors.ts';
import type { Service } from '../service.ts';
import { type LogPiece, readLastLines, readOn } from './agent-log.ts';
import { type EnvironmentProvider, inheritable } from './environment.ts';
import { type AgentProcess, type HostName, isLive, type ProcessExit, type RestartPolicy } from './process.ts';
import type { NudgeOutcome, ProcessHost } from './process-host.ts';
import { keptIncarnations, type ProcessStore } from './process-store.ts';
import { resolveProgram } from './resolve-program.ts';
import { decideRestart, type RestartLimits } from './restart-policy.ts';
import { type StopOrder, stopProcess } from './stop-process.ts';

export interface SupervisorOptions {
  readonly store: ProcessStore;
  readonly hosts: readonly ProcessHost[];
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: RestartLimits;
  /** Names a life for good; never the same twice. */
  readonly newNonce: () => string;
  /** The swarm's folder of agents. */
  readonly agents: string;
  /** What every agent finds in its environment beside what is said of its life, e.g. `WAGGLE_DIR`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Hears what nobody waits for: a restart that failed, a process that cannot be told. */
  readonly onFailure: (error: unknown) => void;
}

export interface StartOrder {
  readonly agent: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly host: HostName;
  readonly policy: RestartPolicy;
  /** Of the caller; kept for restarts, in a file that only the owner reads. Default: the hub's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

const lookEveryMs = 200;

/**
 * Starts, watches, stops and restarts the programs of agents. What it knows it reads from the store and the hosts, so a
 * supervisor that comes after a crash adopts every life where it is and signals none (guarantee G19).
 */
export class Supervisor {
  /** Other rooms add what their agents need to know. */
  readonly environmentProviders: EnvironmentProvider[] = [];
  readonly #options: SupervisorOptions;
  readonly #hosts: ReadonlyMap<HostName, ProcessHost>;
  /** One thing at a time happens to an agent. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#hosts = new Map(options.hosts.map((host) => [host.name, host]));
  }

  /** Resolves once the program runs. `not_found` for a program nobody can find, `illegal_transition` while one runs. */
  start(order: StartOrder): Promise<AgentProcess> {
    return this.#inTurn(order.agent, async () => {
      const host = await this.#readyHost(order.host);
      // It may have ended while nobody looked.
      const present = await this.#options.store.latest(order.agent);
      if (present !== undefined) await this.#lookAt(present);
      const environment = inheritable(order.environment ?? process.env);
      requireProgram(order, environment['PATH']);
      const folder = join(this.#options.agents, order.agent);
      const { agent, command, cwd, policy } = order;
      const nonce = this.#options.newNonce();
      const life = await this.#options.store.begin({
        agent,
        command,
        cwd,
        policy,
        nonce,
        host: order.host,
        cause: 'asked',
      });
      makeFolderDurably(folder);
      writeDurably(join(folder, 'environment.json'), JSON.stringify(environment));
      return this.#launch(host, life);
    });
  }

  /**
   * Resolves once it and its group have ended; the same answer when that was so already, and a restart that was due is
   * off. `process_unknown` when it cannot be told whether the process is still the agent's: then nothing was signalled.
   */
  stop(agent: string, order: StopOrder): Promise<AgentProcess> {
    return this.#inTurn(agent, () => this.#stop(agent, order));
  }

  /** The same program anew: stops what runs first. `illegal_transition` when another incarnation is there than asked for. */
  restart(agent: string, order: StopOrder, ifIncarnation?: number): Promise<AgentProcess> {
    return this.#inTurn(agent, async () => {
      const present = await this.latest(agent);
      if (ifIncarnation !== undefined && ifIncarnation !== present.incarnation) throw isAnother(present, ifIncarnation);
      const last = await this.#stop(agent, order);
      return this.#again(last, 'asked');
    });
  }

  /** `after`: a `next` of an earlier answer; else the last `count` lines. */
  async log(
    agent: string,
    { count, after }: { count: number; after?: string | undefined },
  ): Promise<LogPiece & { life: AgentProcess }> {
    const life = await this.latest(agent);
    const file = join(this.#options.agents, agent, 'output.log');
    return { ...(after === undefined ? readLastLines(file, count) : readOn(file, after, !isLive(life))), life };
  }

  /** The present or last life. `not_found` for an agent that was never started. */
  async latest(agent: string): Promise<AgentProcess> {
    const life = await this.#options.store.latest(agent);
    if (life !== undefined) return life;
    throw new WaggleError('not_found', `agent ${agent} was never started; waggle agent start ${agent} -- COMMAND`, {
      details: { field: 'id', value: agent },
    });
  }

  /** `illegal_transition` while a program runs or is about to. */
  async requireStopped(agent: string): Promise<void> {
    const life = await this.#options.store.latest(agent);
    if (life === undefined || !(isLive(life) || life.restartAt !== undefined)) return;
    throw new WaggleError(
      'illegal_transition',
      `agent ${agent} is ${isLive(life) ? life.state : 'about to be restarted'}; stop it first: waggle agent stop ${agent}`,
      { details: { id: agent, incarnation: life.incarnation, state: life.state } },
    );
  }

  /** How a person gets to the program's terminal; undefined where it has none or does not run. */
  attachCommand(life: AgentProcess): readonly string[] | undefined {
    return isLive(life) ? this.#hosts.get(life.host)?.attachCommand?.(life) : undefined;
  }

  /** Types the one fixed line into the program's terminal, where it has one that waits for it. */
  async nudge(agent: string): Promise<NudgeOutcome> {
    const life = await this.#options.store.latest(agent);
    if (life?.state !== 'running') return { outcome: 'refused', reason: 'its program does not run' };
    const host = this.#hosts.get(life.host);
    return host?.nudge?.(life) ?? { outcome: 'refused', reason: `the ${life.host} host has no terminal` };
  }

  /** Watches what lives and begins what is due, from the moment it runs: what happened before is found then. */
  service(): Service {
    return {
      name: 'supervisor',
      run: async (signal) => {
        signal.addEventListener('abort', () => this.#closing.abort(stopping()), { once: true });
        while (!signal.aborted) {
          await this.#lookAtAll();
          await sleep(this.#options.clock, lookEveryMs, signal);
        }
      },
    };
  }

  async #lookAtAll(): Promise<void> {
    const now = this.#options.clock.now();
    // A store in trouble says so itself; what lives goes on, and is looked at when it is back.
    for (const life of await this.#options.store.list().catch(() => [])) {
      const isDue = life.state === 'exited' && life.restartAt !== undefined && life.restartAt <= now;
      // Whatever is happening to it now ends by looking at it.
      if ((!isLive(life) && !isDue) || this.#turns.has(life.agent)) continue;
      await this.#inTurn(life.agent, async () => {
        const present = await this.#options.store.latest(life.agent);
        if (present?.incarnation !== life.incarnation || present.state !== life.state) return;
        if (isDue) await this.#again(present, 'restart');
        else await this.#lookAt(present);
      }).catch((error: unknown) => {
        if (!this.#closing.signal.aborted) this.#options.onFailure(error);
      });
    }
  }

  /** What its host sees of it becomes what the store says of it. */
  async #lookAt(life: AgentProcess): Promise<AgentProcess> {
    const host = this.#hosts.get(life.host);
    if (host === undefined || !isLive(life)) return life;
    const sighting = await host.look(life);
    if (sighting.state === 'running' && life.state === 'starting') {
      return this.#options.store.started(life, sighting.identity);
    }
    if (sighting.state === 'ended') return this.#ended(host, life, sighting.exit);
    if (sighting.state !== 'failed') return life;
    // Only a start that was asked for has somebody to hear of it; a restart goes on as after any failure.
    if (life.cause === 'restart') return this.#ended(host, life, { reason: sighting.reason });
    const failed = await this.#options.store.ended(life, { state: 'failed', exit: { reason: sighting.reason } });
    await host.release(life);
    return failed;
  }

  async #ended(host: ProcessHost, life: AgentProcess, exit: ProcessExit): Promise<AgentProcess> {
    const { store, clock, limits, random } = this.#options;
    const history = await store.history(life.agent, keptIncarnations);
    const now = clock.now();
    const decision = decideRestart({ life, exit, history, now }, limits, random);
    const ended = await store.ended(life, {
      exit,
      state: decision.next === 'give-up' ? 'crashloop' : 'exited',
      ...(decision.next === 'restart' ? { restartAt: now + decision.delayMs } : {}),
    });
    // Only now: what the store does not know yet is known from the host alone.
    await host.release(life);
    return ended;
  }

  async #stop(agent: string, order: StopOrder): Promise<AgentProcess> {
    const { store, clock } = this.#options;
    const present = await this.#lookAt(await this.latest(agent));
    if (!isLive(present)) return present.restartAt === undefined ? present : store.cancelRestart(present);
    const host = await this.#readyHost(present.host);
    if (present.state === 'starting') throw unknownProcess(present, 'it is still starting; try again in a moment');
    const life = await store.stopping(present);
    const outcome = await stopProcess(host, life, order, clock, this.#closing.signal);
    if (outcome.state !== 'ended') throw unknownProcess(life, outcome.reason);
    return this.#lookAt(life);
  }

  async #again(
    { agent, command, cwd, host, policy }: AgentProcess,
    cause: AgentProcess['cause'],
  ): Promise<AgentProcess> {
    const ready = await this.#readyHost(host);
    const nonce = this.#options.newNonce();
    const life = await this.#options.store.begin({ agent, command, cwd, host, policy, cause, nonce });
    return this.#launch(ready, life);
  }

  async #launch(host: ProcessHost, life: AgentProcess): Promise<AgentProcess> {
    const { store, agents } = this.#options;
    try {
      const kept = JSON.parse(readFileSync(join(agents, life.agent, 'environment.json'), 'utf8')) as Record<
        string,
        string
      >; // written by start
      const environment = { ...kept, ...(await this.#environmentOf(life)) };
      return await store.started(life, await host.launch({ ...life, environment }));
    } catch (error) {
      // What is not known yet is told by looking later; anything else is known to have failed.
      if (error instanceof WaggleError && error.code === 'timeout') throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (life.cause === 'restart') await this.#ended(host, life, { reason });
      else {
        await store.ended(life, { state: 'failed', exit: { reason } });
        await host.release(life);
      }
      throw error;
    }
  }

  async #environmentOf(life: AgentProcess): Promise<Record<string, string>> {
    const provided = await Promise.all(this.environmentProviders.map((provide) => provide(life)));
    return {
      ...this.#options.environment,
      WAGGLE_AGENT: life.agent,
      WAGGLE_INCARNATION: String(life.incarnation),
      ...Object.assign({}, ...provided),
      WAGGLE_NONCE: life.nonce,
    };
  }

  async #readyHost(name: HostName): Promise<ProcessHost> {
    const host = this.#hosts.get(name);
    const obstacle = host === undefined ? 'this hub runs no such host' : await host.obstacle();
    if (host !== undefined && obstacle === undefined) return host;
    throw new WaggleError('not_supported', `host ${name}: ${obstacle}`, { details: { field: 'host', value: name } });
  }

  #inTurn<T>(agent: string, act: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(agent) ?? Promise.resolve();
    const turn = before
      .catch(() => {})
      .then(() => {
        if (this.#closing.signal.aborted) throw this.#closing.signal.reason as Error;
        return act();
      });
    this.#turns.set(agent, turn);
    const done = () => {
      if (this.#turns.get(agent) === turn) this.#turns.delete(agent);
    };
    turn.then(done, done);
    return turn;
  }
}

function requireProgram({ command, cwd }: StartOrder, path: string | undefined): void {
  const [program = ''] = command;
  if (resolveProgram(program, cwd, path) !== undefined) return;
  throw new WaggleError(
    'not_found',
    `command: ${JSON.stringify(program)} is no program that can be run (looked in ${program.includes('/') ? cwd : 'PATH'}); nothing was started`,
    { details: { field: 'command', value: program } },
  );
}

function isAnother({ agent, incarnation, state }: AgentProcess, wanted: number): WaggleError {
  return new WaggleError(
    'illegal_transition',
    `agent ${agent} is at incarnation ${incarnation} (${state}), you asked about ${wanted}; nothing was done`,
    { details: { id: agent, incarnation, state } },
  );
}

function unknownProcess({ agent, identity, incarnation }: AgentProcess, reason: string): WaggleError {
  const pid = identity === undefined ? '' : ` (pid ${identity.pid})`;
  return new WaggleError('process_unknown', `agent ${agent}${pid}: ${reason}`, {
    details: { id: agent, incarnation, ...(identity === undefined ? {} : { pid: identity.pid }), reason },
  });
}

function stopping(): WaggleError {
  return new WaggleError('draining', 'the hub is stopping; the next one starts by itself');
}
