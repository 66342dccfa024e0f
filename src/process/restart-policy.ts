import { nextDelay, type Random } from '../backoff.ts';
import { type AgentProcess, describeExit, type ProcessExit } from './process.ts';

/** One restart more than a limit allows, and the agent is left to people (guarantee G17). */
export interface RestartLimits {
  /** At most this many restarts within `withinMs`: a program that cannot start is not started for ever. */
  readonly max: number;
  readonly withinMs: number;
  /** And this many within a day, against slow loops. */
  readonly maxPerDay: number;
  /** Full jitter between these, doubled each time. */
  readonly minMs: number;
  readonly maxMs: number;
  /** A life this long wipes the slate: the next failure is the first one again. */
  readonly healthyMs: number;
}

export const defaultRestartLimits: RestartLimits = {
  max: 3,
  withinMs: 60_000,
  maxPerDay: 8,
  minMs: 1_000,
  maxMs: 60_000,
  healthyMs: 600_000,
};

const dayMs = 86_400_000;

export type RestartDecision =
  | { readonly next: 'rest'; readonly reason: string }
  | { readonly next: 'restart'; readonly delayMs: number }
  | { readonly next: 'give-up'; readonly reason: string };

export interface Ending {
  /** The life that has ended. */
  readonly life: Pick<AgentProcess, 'policy' | 'createdAt' | 'state'>;
  readonly exit: ProcessExit;
  /** Earlier lives and this one, newest first, as the store keeps them: a restarted hub decides alike. */
  readonly history: readonly Pick<AgentProcess, 'cause' | 'createdAt'>[];
  /** Wall time; what a step of the clock puts into the future still counts. */
  readonly now: number;
}

/** Whether another life follows, and when. Pure: the store keeps what it needs, the supervisor does what it says. */
export function decideRestart(
  { life, exit, history, now }: Ending,
  limits: RestartLimits,
  random: Random,
): RestartDecision {
  if (life.state === 'stopping') return { next: 'rest', reason: 'it was asked to stop' };
  if (life.policy === 'temporary') return { next: 'rest', reason: 'temporary agents run once' };
  const isNormal = exit.code === 0;
  if (life.policy === 'transient' && isNormal) return { next: 'rest', reason: 'it ended normally' };
  const asked = history.findIndex(({ cause }) => cause === 'asked');
  // What came before a person started it anew is forgiven.
  const since = asked < 0 ? history : history.slice(0, asked);
  const restarts = since.map(({ createdAt }) => createdAt);
  const windows = [
    { max: limits.max, withinMs: limits.withinMs },
    { max: limits.maxPerDay, withinMs: dayMs },
  ];
  const exceeded = windows.find(({ max, withinMs }) => restarts.filter((at) => at > now - withinMs).length >= max);
  if (exceeded !== undefined) {
    const { max, withinMs } = exceeded;
    return {
      next: 'give-up',
      reason: `${describeExit(exit)}; ${max} restarts within ${withinMs / 1_000} s are the limit`,
    };
  }
  const isHealthy = now - life.createdAt >= limits.healthyMs;
  const recent = restarts.filter((at) => at > now - limits.healthyMs).length;
  return { next: 'restart', delayMs: nextDelay(isHealthy ? 1 : recent + 1, limits, random) };
}
