import type { Random } from '../backoff.ts';
import { type Clock, sleep } from '../clock.ts';
import { shuffled } from './chance.ts';
import type { Crew } from './crew.ts';
import type { FaultOutcome } from './laboratory.ts';
import type { FaultKind, Scenario } from './scenario.ts';
import type { FaultRecord } from './stress-report.ts';

/** How often a run by time without faults looks whether its workers are well. */
const lookEveryMs = 250;

/** What the schedule of a run works with. */
export interface ScheduleParts {
  readonly scenario: Scenario;
  readonly crew: Pick<Crew, 'orderProducers' | 'producersReach' | 'producersDone' | 'check'>;
  readonly random: Random;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds since the start. */
  readonly at: () => number;
  /** `release` lets the producers begin the next stretch of sends. */
  readonly makeFault: (kind: FaultKind, release: () => void) => Promise<FaultOutcome>;
  readonly onBegin: (kind: FaultKind) => void;
  readonly onEnd: (record: FaultRecord) => void;
}

/**
 * Where producers stop for the faults of a counted run: the numbers of sends after which the first, the second, … fault
 * is made, evenly spread, and all of them at
 * the end (`index` = `faults`). Between two gates the producers are free; nobody passes a gate
 * before the fault there has begun, so that each fault meets work, however fast the machine.
 */
export function gateOf(messages: number, faults: number, index: number): number {
  return Math.floor((messages * (index + 1)) / (faults + 1));
}

/** Runs the producers of a counted run to their end, with each fault once in a seeded order. */
export async function sendWithFaults(parts: ScheduleParts): Promise<void> {
  const { crew, scenario, random } = parts;
  const kinds = shuffled(scenario.faults, random);
  const gate = (index: number) => gateOf(scenario.messages, kinds.length, index);
  crew.orderProducers({ do: 'go', upTo: gate(0) });
  for (const [index, kind] of kinds.entries()) {
    await crew.producersReach(gate(index));
    await makeFault(kind, parts, () => crew.orderProducers({ do: 'go', upTo: gate(index + 1) }));
  }
  await crew.producersDone();
}

/** Lets the producers send until the time is over, with a fault at every interval. */
export async function sendUntil(durationMs: number, parts: ScheduleParts): Promise<void> {
  const { crew, scenario, clock, signal, random } = parts;
  const { faults: kinds, faultEveryMs } = scenario;
  crew.orderProducers({ do: 'go', upTo: Number.MAX_SAFE_INTEGER });
  let round: FaultKind[] = [];
  for (let left = durationMs - parts.at(); left > 0; left = durationMs - parts.at()) {
    crew.check();
    await sleep(clock, Math.min(left, kinds.length === 0 ? lookEveryMs : faultEveryMs), signal);
    if (kinds.length === 0 || parts.at() >= durationMs) continue;
    if (round.length === 0) round = shuffled(kinds, random);
    const kind = round.shift();
    if (kind !== undefined) await makeFault(kind, parts, () => {});
  }
  crew.orderProducers({ do: 'stop' });
  await crew.producersDone();
}

async function makeFault(kind: FaultKind, parts: ScheduleParts, release: () => void): Promise<void> {
  const beganAt = parts.at();
  parts.onBegin(kind);
  const { acted, detail } = await parts.makeFault(kind, release);
  parts.onEnd({ kind, at: beganAt, endedAt: parts.at(), acted, detail });
}
