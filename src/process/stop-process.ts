import { type Clock, sleep } from '../clock.ts';
import type { AgentSignal, Life, ProcessHost, Sighting } from './process-host.ts';

export interface StopOrder {
  /** The first signal; `kill` leaves no grace. */
  readonly first: AgentSignal;
  /** Time from the first signal to SIGKILL. */
  readonly graceMs: number;
}

/** After SIGKILL an end is a matter of moments; a process that is stuck in the kernel is told as such. */
const killMs = 5_000;
const lookEveryMs = 25;

export type StopOutcome =
  | { readonly state: 'ended' }
  /** It lives, or may live, and nothing more may be done about it; `reason` says why. */
  | { readonly state: 'unknown' | 'stuck'; readonly reason: string };

/**
 * Ends one life and what is left of its group: the first signal, the grace, SIGKILL. Who it is is checked before each
 * signal by the host; where that cannot be told nothing is sent.
 */
export async function stopProcess(
  host: ProcessHost,
  life: Life,
  { first, graceMs }: StopOrder,
  clock: Clock,
  signal: AbortSignal,
): Promise<StopOutcome> {
  const ladder: readonly (readonly [AgentSignal, number])[] =
    first === 'kill'
      ? [['kill', killMs]]
      : [
          [first, graceMs],
          ['kill', killMs],
        ];
  for (const [step, patienceMs] of ladder) {
    const outcome = await host.signal(life, step);
    if (outcome === 'unknown') {
      return {
        state: 'unknown',
        reason: 'whether the process is still the agent cannot be told; nothing was signalled',
      };
    }
    const deadline = clock.monotonic() + patienceMs;
    for (;;) {
      if (isOver(await host.look(life)) && (await host.leftovers(life)) === 0) return { state: 'ended' };
      if (clock.monotonic() >= deadline) break;
      await sleep(clock, lookEveryMs, signal);
    }
  }
  return { state: 'stuck', reason: `it lives ${killMs / 1_000} s after SIGKILL; look at it with: ps` };
}

function isOver({ state }: Sighting): boolean {
  return state === 'ended' || state === 'failed';
}
