import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { type BackoffPolicy, defaultBackoff } from '../backoff.ts';
import { type DeliveryPolicy, defaultDelivery } from '../delivery/delivery.ts';
import { WaggleError } from '../errors.ts';
import { parseStrictJson } from '../json.ts';
import { defaultLimits, type MessageLimits } from '../message/limits.ts';
import { defaultRetention, type RetentionPolicy } from '../message/retention-policy.ts';
import { severities } from '../monitor/alert.ts';
import { type AlertRule, builtInRules, type RuleChange, rulesWith } from '../monitor/alert-rule.ts';
import { type FigureName, figureNames } from '../monitor/figure.ts';
import { defaultRestartLimits, type RestartLimits } from '../process/restart-policy.ts';
import { agentId, word } from './fields.ts';
import { parseInput } from './parse-input.ts';

/** What `.waggle/config.json` may say. Everything has a default; an unknown key is an error, not a silent nothing. */
export interface HubConfig {
  readonly limits: MessageLimits;
  readonly backoff: BackoffPolicy;
  readonly retention: RetentionPolicy;
  readonly doors: DoorLimits;
  readonly access: AccessConfig;
  readonly restarts: RestartLimits;
  readonly delivery: DeliveryPolicy;
  readonly monitor: MonitorConfig;
}

export interface MonitorConfig {
  /** The rules alerts are made by: the built-in ones as the file changes them, and its own. */
  readonly rules: readonly AlertRule[];
  /** Between two integrity checks; 0 for none. */
  readonly checkEveryMs: number;
}

export const defaultMonitor: MonitorConfig = { rules: builtInRules, checkEveryMs: 10 * 60_000 };

export interface AccessConfig {
  /** Agents who may write `shared` contexts with a token of their own; `*` for all. */
  readonly sharedWriters: readonly string[];
}

export const defaultAccess: AccessConfig = { sharedWriters: [] };

/** How much of a hub its peers may take up before they have said anything (guarantees G13, security §5.3). */
export interface DoorLimits {
  /** Connections on each of the two doors, the unix socket and the port. */
  readonly connections: number;
  /** Streams of server-sent events. */
  readonly eventStreams: number;
  readonly headerBytes: number;
  /** Time in which a request's headers must have come, and the whole request. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Refusals of one peer within a minute that are answered at once; each further one takes a second. */
  readonly quickRefusals: number;
}

export const defaultDoors: DoorLimits = {
  connections: 200,
  eventStreams: 32,
  headerBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  quickRefusals: 10,
};

const positive = z
  .number('must be a number')
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(Number.MAX_SAFE_INTEGER);

/** Every key a positive whole number, none required. */
function positives<T extends object>(defaults: T) {
  const shape = Object.fromEntries(Object.keys(defaults).map((key) => [key, positive]));
  return z.strictObject(shape as Record<keyof T, typeof positive>).partial(); // the keys of the defaults
}

/** 0 is how a file says "never" where there is a default. */
const age = z
  .number('must be a number of milliseconds')
  .int('must be whole milliseconds')
  .min(0, 'must not be negative; 0 keeps for ever')
  .max(Number.MAX_SAFE_INTEGER);

const limit = z.number('must be a number').min(0, 'must not be negative').max(Number.MAX_SAFE_INTEGER);

const ruleChange: z.ZodType<RuleChange> = z.strictObject({
  name: word,
  figure: z
    .enum(figureNames as [FigureName, ...FigureName[]], `must be one of ${figureNames.join(', ')}`)
    .exactOptional(), // it has members
  when: z.enum(['above', 'below'], 'must be above or below').exactOptional(),
  threshold: limit.exactOptional(),
  clear: limit.exactOptional(),
  forMs: age.exactOptional(),
  keepMs: age.exactOptional(),
  severity: z.enum(severities, `must be one of ${severities.join(', ')}`).exactOptional(),
  off: z.boolean('must be true or false').exactOptional(),
});

const retentionKeys = ['messagesMs', 'eventsMs', 'maxBytes', 'deadMs', 'quarantinedMs'] as const;

const schema = z.strictObject({
  limits: positives(defaultLimits).optional(),
  retention: z
    .strictObject(
      Object.fromEntries(retentionKeys.map((key) => [key, age])) as Record<(typeof retentionKeys)[number], typeof age>,
    )
    .partial()
    .optional(),
  backoff: positives(defaultBackoff).optional(),
  doors: positives(defaultDoors).optional(),
  access: z
    .strictObject({
      sharedWriters: z.array(z.union([z.literal('*'), agentId])).max(1_000, 'must be at most 1000 agents'),
    })
    .partial()
    .optional(),
  restarts: positives(defaultRestartLimits).optional(),
  delivery: positives(defaultDelivery).optional(),
  monitor: z
    .strictObject({
      checkEveryMs: age,
      rules: z.array(ruleChange, 'must be a list of rules').max(200, 'must be at most 200 rules'),
    })
    .partial()
    .optional(),
});

export const defaultConfig: HubConfig = {
  limits: defaultLimits,
  backoff: defaultBackoff,
  retention: defaultRetention,
  doors: defaultDoors,
  access: defaultAccess,
  restarts: defaultRestartLimits,
  delivery: defaultDelivery,
  monitor: defaultMonitor,
};

/** Reads and checks the file; defaults where there is none. `invalid_input` names the file, the key and the value. */
export function readConfig(file: string): HubConfig {
  if (!existsSync(file)) return defaultConfig;
  try {
    return mergeConfig(parseInput(schema, parseStrictJson(readFileSync(file, 'utf8'))));
  } catch (error) {
    if (!(error instanceof WaggleError)) throw error;
    throw new WaggleError('invalid_input', `${file}: ${error.message}`, {
      details: { ...error.details, file },
      cause: error,
    });
  }
}

function mergeConfig(given: z.infer<typeof schema>): HubConfig {
  return {
    limits: { ...defaultLimits, ...withoutUndefined(given.limits ?? {}) },
    backoff: { ...defaultBackoff, ...withoutUndefined(given.backoff ?? {}) },
    retention: withoutZeros({ ...defaultRetention, ...given.retention }),
    doors: { ...defaultDoors, ...withoutUndefined(given.doors ?? {}) },
    access: { ...defaultAccess, ...withoutUndefined(given.access ?? {}) },
    delivery: { ...defaultDelivery, ...withoutUndefined(given.delivery ?? {}) },
    monitor: {
      checkEveryMs: given.monitor?.checkEveryMs ?? defaultMonitor.checkEveryMs,
      rules: rulesWith(given.monitor?.rules ?? []),
    },
    restarts: { ...defaultRestartLimits, ...withoutUndefined(given.restarts ?? {}) },
  };
}

function withoutZeros(policy: { [K in keyof RetentionPolicy]?: RetentionPolicy[K] | undefined }): RetentionPolicy {
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined && value > 0));
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  }; // the same keys, less the undefined ones
}
