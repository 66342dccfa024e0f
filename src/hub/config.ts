import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { type BackoffPolicy, defaultBackoff } from '../backoff.ts';
import { WaggleError } from '../errors.ts';
import { parseStrictJson } from '../json.ts';
import { defaultLimits, type MessageLimits } from '../message/limits.ts';
import { defaultRetention, type RetentionPolicy } from '../message/retention-policy.ts';
import { parseInput } from './operation.ts';

/** What `.waggle/config.json` may say. Everything has a default; an unknown key is an error, not a silent nothing. */
export interface HubConfig {
  readonly limits: MessageLimits;
  readonly backoff: BackoffPolicy;
  readonly retention: RetentionPolicy;
}

const positive = z
  .number('must be a number')
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(Number.MAX_SAFE_INTEGER);

const limitsSchema = z
  .strictObject(
    Object.fromEntries(Object.keys(defaultLimits).map((key) => [key, positive])) as Record<
      keyof MessageLimits,
      typeof positive
    >,
  )
  .partial();

/** 0 is how a file says "never" where there is a default. */
const age = z
  .number('must be a number of milliseconds')
  .int('must be whole milliseconds')
  .min(0, 'must not be negative; 0 keeps for ever')
  .max(Number.MAX_SAFE_INTEGER);

const retentionKeys = ['messagesMs', 'eventsMs', 'maxBytes', 'deadMs', 'quarantinedMs'] as const;

const schema = z.strictObject({
  limits: limitsSchema.optional(),
  retention: z
    .strictObject(
      Object.fromEntries(retentionKeys.map((key) => [key, age])) as Record<(typeof retentionKeys)[number], typeof age>,
    )
    .partial()
    .optional(),
  backoff: z.strictObject({ minMs: positive, maxMs: positive }).partial().optional(),
});

export const defaultConfig: HubConfig = { limits: defaultLimits, backoff: defaultBackoff, retention: defaultRetention };

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
