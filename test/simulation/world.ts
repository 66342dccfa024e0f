import type { Clock } from '../../src/clock.ts';
import { createRandom, type Random } from '../support/random.ts';

interface Happening {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Most turns of the event loop between two happenings; how many it is, chance decides. */
const maxTurns = 3;

/**
 * Time, chance and order of a simulated machine. Nothing in it waits for real time or real I/O: happenings run one after
 * another at their instants, and between two of them the code under test gets a few turns of the event loop. Promise jobs,
 * `nextTick` and `setImmediate` run in a fixed order when no socket, timer or thread takes part, so a seed is a history.
 */
export class World {
  readonly random: Random;
  #now = 0;
  #wall = Date.UTC(2026, 0, 1);
  #order = 0;
  /** Sorted, the next one last. */
  #happenings: Happening[] = [];
  steps = 0;

  constructor(seed: number) {
    this.random = createRandom(seed);
  }

  /** Milliseconds of simulated time since the start. */
  get now(): number {
    return this.#now;
  }

  /** What the machine's wall clock says; every process of the machine sees the same. */
  get wall(): number {
    return this.#wall;
  }

  /** Steps the wall clock; no time passes. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  /** Runs `run` after `delayMs`, after everything that was asked for that instant before. */
  after(delayMs: number, run: () => void): () => void {
    this.#order += 1;
    const happening: Happening = { at: this.#now + Math.max(0, delayMs), order: this.#order, run };
    let low = 0;
    let high = this.#happenings.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#happenings[middle];
      if (other !== undefined && other.at > happening.at) low = middle + 1;
      else high = middle;
    }
    this.#happenings.splice(low, 0, happening);
    return () => {
      happening.run = undefined;
    };
  }

  /** Lets simulated time pass until `isOver` or `until`, whichever is first. */
  async run(until: number, isOver: () => boolean = () => false): Promise<void> {
    for (;;) {
      for (let turns = 1 + this.random.below(maxTurns); turns > 0; turns -= 1) await turn();
      if (isOver()) return;
      const next = this.#happenings.at(-1);
      if (next === undefined || next.at > until) break;
      this.#happenings.pop();
      if (next.run === undefined) continue;
      this.#moveTo(next.at);
      this.steps += 1;
      next.run();
    }
    this.#moveTo(Math.max(this.#now, until));
  }

  #moveTo(at: number): void {
    this.#wall += at - this.#now;
    this.#now = at;
  }
}

/** One turn of the real event loop: everything that was due to run without waiting has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * A process of the simulated machine: what reaches it waits while it is stopped and is dropped once it is dead. Its
 * monotonic clock starts anywhere, as a clock that is only promised not to go back may.
 */
export class SimulatedProcess {
  readonly world: World;
  readonly name: string;
  readonly clock: Clock;
  #state: 'running' | 'stopped' | 'dead' = 'running';
  #held: (() => void)[] = [];

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    const born = world.random.below(1_000_000) - world.now;
    this.clock = {
      now: () => Math.floor(world.wall),
      monotonic: () => born + world.now,
      setTimer: (delayMs, callback) => this.after(delayMs, callback),
    };
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isStopped(): boolean {
    return this.#state === 'stopped';
  }

  /** Something from outside reaches the process. */
  receive(run: () => void): void {
    if (this.#state === 'running') run();
    else if (this.#state === 'stopped') this.#held.push(run);
  }

  after(delayMs: number, run: () => void): () => void {
    let wanted = true;
    const cancel = this.world.after(delayMs, () => this.receive(() => wanted && run()));
    return () => {
      wanted = false;
      cancel();
    };
  }

  /** SIGSTOP. */
  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped';
  }

  /** SIGCONT: all that waited comes at once, in order. */
  resume(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    for (const run of this.#held.splice(0)) run();
  }

  /** SIGKILL: no code of it that waits for anything goes on. */
  kill(): void {
    this.#state = 'dead';
    this.#held = [];
  }
}
