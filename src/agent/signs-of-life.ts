import type { Clock } from '../clock.ts';
import type { Sign } from './liveness.ts';

/** How often a call is also written down, so that a restarted hub knows of it: the least that `alive` can be told by. */
const writtenEveryMs = 60_000;

interface Heard {
  lastCallAt: number;
  writtenAt: number;
  waits: number;
}

export interface SignsOfLifeOptions {
  readonly clock: Clock;
  /** Notes in the store that the agent was heard of. */
  readonly write: (agent: string) => Promise<unknown>;
  readonly onFailure: (error: unknown) => void;
}

/** What agents do with tokens of their own: each call is a sign of life, and one that waits for mail is one all the while. */
export class SignsOfLife {
  readonly #options: SignsOfLifeOptions;
  readonly #heard = new Map<string, Heard>();

  constructor(options: SignsOfLifeOptions) {
    this.#options = options;
  }

  /** A call has come; the returned function is called when it is answered. */
  begin(agent: string, isWaiting: boolean): () => void {
    const heard = this.#hear(agent);
    if (!isWaiting) return () => {};
    heard.waits += 1;
    return () => {
      heard.waits -= 1;
      this.#hear(agent);
    };
  }

  of(agent: string): Sign[] {
    const heard = this.#heard.get(agent);
    if (heard === undefined) return [];
    const call: Sign = { kind: 'call', tells: 'life', at: heard.lastCallAt };
    return heard.waits > 0 ? [{ kind: 'waiting', tells: 'life', at: this.#options.clock.now() }, call] : [call];
  }

  #hear(agent: string): Heard {
    const { clock, write, onFailure } = this.#options;
    const now = clock.now();
    const heard = this.#heard.get(agent) ?? { lastCallAt: now, writtenAt: Number.NEGATIVE_INFINITY, waits: 0 };
    heard.lastCallAt = now;
    this.#heard.set(agent, heard);
    // The distance either way: a clock that was set back must not keep it from being written.
    if (Math.abs(now - heard.writtenAt) >= writtenEveryMs) {
      heard.writtenAt = now;
      write(agent).catch(onFailure);
    }
    return heard;
  }
}
