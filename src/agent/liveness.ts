/** Whether an agent is there. `unknown` is not dead: nobody has said anything either way. */
export type Liveness = 'alive' | 'suspect' | 'dead' | 'unknown';

/** One thing that was seen of an agent. What others do to it (mail, nudges) is none. */
export interface Sign {
  readonly kind: 'heartbeat' | 'call' | 'waiting' | 'report' | 'program';
  /** `life`: it did something then. `presence`: it is there, whatever it does. `end`: it was over then. */
  readonly tells: 'life' | 'presence' | 'end';
  readonly at: number;
  readonly detail?: string;
}

export interface LivenessVerdict {
  readonly verdict: Liveness;
  /** What it rests on, newest first. */
  readonly evidence: readonly Sign[];
}

export interface LivenessLimits {
  /** Silence up to this long is nothing: an agent thinks, or waits for a tool. Where healing begins to nudge. */
  readonly aliveMs: number;
  /** Silence beyond this says nothing about an agent of which no program is known. Where healing would restart. */
  readonly suspectMs: number;
}

export const livenessLimits: LivenessLimits = { aliveMs: 2 * 60_000, suspectMs: 10 * 60_000 };

/**
 * What the signs say together. Silence alone never makes an agent dead: only its end does, seen later than any sign of
 * life. An agent whose program is there is suspected for as long as it is silent, and never unknown. A clock that was
 * set back makes signs of the future: they count as of now.
 */
export function judgeLiveness(signs: readonly Sign[], now: number, limits = livenessLimits): LivenessVerdict {
  const evidence = signs.toSorted((a, b) => b.at - a.at || Number(b.tells === 'end') - Number(a.tells === 'end'));
  return { verdict: verdictOf(evidence, now, limits), evidence };
}

function verdictOf(evidence: readonly Sign[], now: number, { aliveMs, suspectMs }: LivenessLimits): Liveness {
  const latest = evidence.find(({ tells }) => tells !== 'presence');
  const isPresent = evidence.some(({ tells }) => tells === 'presence');
  if (latest?.tells === 'end') return 'dead';
  const silentMs = latest === undefined ? Number.POSITIVE_INFINITY : Math.max(0, now - latest.at);
  if (silentMs <= aliveMs) return 'alive';
  return isPresent || silentMs <= suspectMs ? 'suspect' : 'unknown';
}
