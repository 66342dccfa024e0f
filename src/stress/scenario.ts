import { z } from 'zod';
import { invalidInput } from '../errors.ts';
import { parseInput } from '../hub/parse-input.ts';
import { mixKinds, totalWeight } from './message-mix.ts';

export const faultKinds = ['crash', 'torn', 'slow', 'full', 'clock', 'hub-kill'] as const;
export type FaultKind = (typeof faultKinds)[number];

const whole = (least: number, most: number) =>
  z
    .number('must be a number')
    .int('must be a whole number')
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);
const milliseconds = whole(0, 86_400_000);
const weight = z.number().min(0, 'must not be negative').optional();

/** A scenario as a file says it: everything may be left out. An unknown key is an error, not a silent nothing. */
export const scenarioSchema = z
  .strictObject({
    name: z.string().min(1).max(100),
    /** Agents; each sends and has an inbox. */
    agents: whole(1, 1_000),
    /** Send calls of each agent. */
    messages: whole(1, 10_000_000),
    /** Sends until this time is over; `messages` does not count then. */
    durationMs: whole(1, 7 * 86_400_000),
    target: z.enum(['waggle', 'legacy'], 'must be waggle or legacy'),
    store: z.enum(['memory', 'sqlite'], 'must be memory or sqlite'),
    /** Processes that send, and as many that receive; agents are dealt out to them. */
    processes: whole(1, 64),
    /** Sends that an agent may have unanswered. */
    inFlight: whole(1, 10_000),
    /** Messages asked for in one lease call. */
    batchSize: whole(1, 1_000),
    /** Pause of a consumer between lease calls. */
    intervalMs: milliseconds,
    /** Pause of an agent between sends. */
    delayMs: milliseconds,
    /** Bytes of a body. */
    payload: whole(64, 262_144),
    mix: z.strictObject(Object.fromEntries(mixKinds.map((kind) => [kind, weight]))),
    /** Share of handler runs that succeed and ack; the others nack. */
    successRate: z.number().min(0, 'must be 0 to 1').max(1, 'must be 0 to 1'),
    /** How long a handler works on a message. */
    latencyMs: milliseconds,
    leaseMs: whole(100, 86_400_000),
    /** Messages that each process sends to itself, leases and acks before the run begins: cold code is not measured. */
    warmUp: whole(0, 10_000),
    seed: whole(0, 2 ** 32 - 1),
    faults: z.array(z.enum(faultKinds, `must be one of ${faultKinds.join(', ')}`)),
    /** Time between faults when the run goes by time. */
    faultEveryMs: whole(100, 86_400_000),
  })
  .partial();

export type ScenarioInput = z.infer<typeof scenarioSchema>;
type Complete = { readonly [K in keyof ScenarioInput]-?: Exclude<ScenarioInput[K], undefined> };
/** Everything decided. Without `durationMs` the run ends when all messages are through. */
export type Scenario = Omit<Complete, 'durationMs'> & { readonly durationMs?: number };

const common = {
  agents: 9,
  messages: 10,
  target: 'waggle',
  store: 'sqlite',
  inFlight: 8,
  batchSize: 10,
  intervalMs: 0,
  delayMs: 0,
  payload: 200,
  mix: { direct: 1 },
  successRate: 1,
  latencyMs: 0,
  warmUp: 0,
  seed: 1,
  faults: [],
  faultEveryMs: 5_000,
} as const satisfies ScenarioInput;

/** Nine agents, as the legacy runner had. 90 and 450 are the two runs in which it lost 18 and 47. The small one starts
 * cold, as a user's first run does. */
export const presets = {
  small: { messages: 10 },
  medium: { messages: 50, batchSize: 50, inFlight: 50, warmUp: 50 },
  large: { messages: 10_000, batchSize: 100, inFlight: 64, warmUp: 50 },
  soak: { durationMs: 180_000, delayMs: 20, batchSize: 50, warmUp: 50 },
} as const satisfies Record<string, ScenarioInput>;
export type PresetName = keyof typeof presets;

export function isPreset(name: string): name is PresetName {
  return Object.hasOwn(presets, name);
}

/** `crash,slow`, or `all`. */
export function parseFaults(field: string, text: string): FaultKind[] {
  if (text === 'all') return [...faultKinds];
  const kinds = text.split(',').map((word) => word.trim());
  return kinds.map((word) => {
    const kind = faultKinds.find((known) => known === word);
    if (kind === undefined)
      throw invalidInput(field, text, `has no fault "${word}"; faults are ${faultKinds.join(', ')}`);
    return kind;
  });
}

/** Checks what was given and fills in the rest. `invalid_input` names the field, the value and what to do. */
export function resolveScenario(given: ScenarioInput, name = 'scenario'): Scenario {
  const { durationMs, ...input } = parseInput(scenarioSchema, given);
  const known = { ...common, ...withoutUndefined(input) };
  const scenario: Scenario = {
    ...known,
    faults: [...known.faults],
    name: input.name ?? name,
    processes: Math.min(input.processes ?? 9, known.agents),
    leaseMs: input.leaseMs ?? defaultLeaseMs(known),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
  refuseContradictions(scenario);
  return scenario;
}

/** A consumer that is killed gives its messages back when their lease ends, so a run that kills has short leases. */
function defaultLeaseMs(scenario: { faults: readonly FaultKind[]; batchSize: number; latencyMs: number }): number {
  const shortest = scenario.faults.includes('crash') ? 2_000 : 30_000;
  return Math.min(86_400_000, Math.max(shortest, 2 * scenario.batchSize * scenario.latencyMs));
}

function refuseContradictions({ mix, store, faults, target }: Scenario): void {
  if (totalWeight(mix) <= 0) throw invalidInput('mix', mix, 'needs at least one weight above 0');
  const deadly = faults.find((fault) => fault === 'hub-kill' || fault === 'torn' || fault === 'full');
  if (store === 'memory' && deadly !== undefined) {
    throw invalidInput('faults', deadly, 'needs a store on disk: a memory hub keeps nothing; use --store sqlite');
  }
  if (target === 'legacy' && faults.length > 0) {
    throw invalidInput('faults', faults, 'are for the hub; the legacy target loses messages without any');
  }
  if (target === 'legacy' && (mix.broadcast ?? 0) + (mix.role ?? 0) > 0) {
    throw invalidInput('mix', mix, 'has kinds that the legacy target cannot send; it knows direct and onboardings');
  }
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // The same keys, less the undefined ones.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
