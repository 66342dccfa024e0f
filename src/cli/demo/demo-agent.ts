import { existsSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { type Clock, sleep } from '../../clock.ts';
import { connectSwarm } from '../../sdk/connect.ts';
import { terminal } from '../../sdk/consume.ts';
import type { ReceivedMessage, Swarm } from '../../sdk/swarm.ts';
import { type Actor, cast, mischief } from './cast.ts';

/** How long an agent waits for an approval that nobody gives. */
const stallMs = 18_000;
/** Of a hundred tasks, so many fail at first; the hub brings them back. */
const failures = 8;
/** How often an agent looks whether the demo is still there. */
const lookEveryMs = 2_000;

export interface DemoAgentOptions {
  readonly id: string;
  readonly dir: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Process of the demo: an agent without it has nothing to do. */
  readonly conductor: number;
  /** Removed by the agents when the conductor died without doing so. */
  readonly temporary?: string;
  readonly signal: AbortSignal;
}

/** One agent of the demo as a program: takes its mail, works, hands on, tells how far it is, until the demo ends. */
export async function runDemoAgent(options: DemoAgentOptions): Promise<void> {
  const actor = cast.find(({ id }) => id === options.id);
  if (actor === undefined) return;
  // No hub is started: one that is gone is the end of the demo.
  await using swarm = await connectSwarm({ dir: options.dir, start: false });
  const stop = new AbortController();
  const player = new Player(actor, swarm, options, stop.signal);
  await player.begin();
  const consumer = swarm.consume(actor.id, (message) => player.handle(message), {
    leaseMs: 8_000,
    signal: stop.signal,
  });
  const cancel = whenOver(options, () => stop.abort());
  await consumer.done.catch(() => {});
  cancel();
  sweep(options);
}

/** A hub that one of the agents' shims started again stops when its folder is gone. */
function sweep({ conductor, temporary }: DemoAgentOptions): void {
  if (temporary === undefined || isAlive(conductor)) return;
  if (basename(temporary).startsWith('waggle-demo-')) rmSync(temporary, { recursive: true, force: true });
}

class Player {
  readonly #actor: Actor;
  readonly #swarm: Swarm;
  readonly #options: DemoAgentOptions;
  readonly #signal: AbortSignal;
  #mission = '';
  #missions = 0;
  #done = 0;

  constructor(actor: Actor, swarm: Swarm, options: DemoAgentOptions, signal: AbortSignal) {
    this.#actor = actor;
    this.#swarm = swarm;
    this.#options = options;
    this.#signal = signal;
  }

  async begin(): Promise<void> {
    await this.#newMission();
    await this.#report('idle', 'waits for work');
  }

  async handle(message: ReceivedMessage): Promise<void> {
    if (message.kind === mischief.stall) return this.#stall();
    if (message.kind === mischief.riddle) throw terminal('nobody here can do that; a person has to decide');
    // Alerts and notices are read and need no work.
    if (message.kind !== 'text') return;
    const { does, paceMs, next } = this.#actor;
    const task = message.subject ?? message.bodyText.slice(0, 60);
    await this.#report('working', `${does} ${task}`);
    await this.#pause(paceMs * (0.5 + this.#options.random()));
    if (this.#options.random() * 100 < failures) throw new Error('the tests failed at the first try');
    // What was rescued from an old file is work for one, not for the whole line.
    const to = message.provenance !== undefined ? undefined : next[Math.floor(this.#options.random() * next.length)];
    if (to !== undefined) {
      const body = `${does} ${task}: done. Over to you.`;
      await this.#swarm.send({ to, subject: task, body, replyTo: message.id, idempotencyKey: `next-${message.id}` });
    }
    await this.#progress(task);
    await this.#report('idle', 'waits for work');
    return;
  }

  /** Does nothing for a while, as an agent before a question that nobody answers; its mail piles up meanwhile. */
  async #stall(): Promise<void> {
    await this.#report('blocked', 'waits for an approval that nobody gives');
    await this.#pause(stallMs);
    await this.#report('idle', 'goes on by itself');
  }

  async #progress(task: string): Promise<void> {
    this.#done += 1;
    const progress = { mission: this.#mission, done: this.#done, evidence: task };
    await this.#swarm.missions.progress(this.#actor.id, progress);
    if (this.#done >= this.#actor.units) await this.#newMission();
  }

  async #newMission(): Promise<void> {
    const { id, mission, units } = this.#actor;
    this.#missions += 1;
    this.#mission = `${id}-${process.pid}-${this.#missions}`;
    this.#done = 0;
    await this.#swarm.missions.add({ id: this.#mission, owner: id, title: mission, units });
  }

  async #report(state: 'idle' | 'working' | 'blocked', reason: string): Promise<void> {
    await this.#swarm.agents.report(this.#actor.id, { state, reason: reason.slice(0, 200) });
  }

  #pause(ms: number): Promise<void> {
    return sleep(this.#options.clock, ms, this.#signal);
  }
}

/** When whoever plays the demo is gone, however that came, or its folder is. */
function whenOver({ clock, conductor, dir, signal }: DemoAgentOptions, end: () => void): () => void {
  let cancel = () => {};
  const look = () => {
    if (!isAlive(conductor) || !existsSync(dir)) end();
    else cancel = clock.setTimer(lookEveryMs, look);
  };
  look();
  signal.addEventListener('abort', end, { once: true });
  return () => cancel();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
