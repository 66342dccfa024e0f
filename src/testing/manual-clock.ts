import type { Clock } from '../clock.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that moves only when a test says so. `advance` moves both times and fires timers in order, each at its own
 * instant; `jump` moves the wall clock alone, as a correction by NTP or by hand does.
 */
export class ManualClock implements Clock {
  #wall: number;
  #monotonic = 0;
  #order = 0;
  #timers: Timer[] = [];

  constructor(wall: number = Date.UTC(2026, 0, 1)) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  setTimer(delayMs: number, callback: () => void): () => void {
    this.#order += 1;
    const timer: Timer = { at: this.#monotonic + Math.max(0, delayMs), order: this.#order, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves time on by `ms`; a timer set by a fired timer fires too when it falls within the span. */
  advance(ms: number): void {
    const end = this.#monotonic + ms;
    for (let timer = this.#earliest(end); timer !== undefined; timer = this.#earliest(end)) {
      this.#moveTo(Math.max(this.#monotonic, timer.at));
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.callback();
    }
    this.#moveTo(end);
  }

  /** Moves the wall clock by `ms` (either way); no time passes. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  /** Sets the wall clock; no time passes. */
  setWall(at: number): void {
    this.#wall = at;
  }

  /** How many timers are waiting: a test can prove that nothing was left behind. */
  get pending(): number {
    return this.#timers.length;
  }

  #moveTo(monotonic: number): void {
    this.#wall += monotonic - this.#monotonic;
    this.#monotonic = monotonic;
  }

  #earliest(end: number): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      const before = earliest === undefined || timer.at < earliest.at;
      if (before || (timer.at === earliest?.at && timer.order < earliest.order)) earliest = timer;
    }
    return earliest;
  }
}
