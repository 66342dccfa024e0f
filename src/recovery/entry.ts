import { WaggleError } from '../errors.ts';
import { JsonSource, parseStrictJson } from '../json.ts';
import { undoPython } from './python.ts';

/** Deepest nesting of a legacy entry that is let through; deeper ones are kept but not delivered. */
const maxEntryDepth = 64;
const maxEntryKeys = 10_000;

/** One legacy queue entry as read from its source text. */
export interface EntryReading {
  /** The value, or null when it cannot be shown (nested too deep). */
  readonly entry: unknown;
  /** Source text of the message, Python literals undone. */
  readonly message: string;
  readonly queueId?: string;
  /** Microseconds of `updated_at` on the writer's own clock, NaN when it cannot be read. */
  readonly updatedAt: number;
  /** Why the entry must not be delivered, though its bytes are whole. */
  readonly problem?: string;
}

/**
 * Reads the text of one entry strictly. Never throws for what the text says: a refusal becomes `problem`, so that the
 * bytes are kept and counted. `maxEntryBytes` bounds the message part in UTF-8 bytes.
 */
export function readEntry(text: string, hasPython: boolean, maxEntryBytes: number): EntryReading {
  const json = hasPython ? undoPython(text) : text;
  let value: unknown;
  try {
    value = parseStrictJson(json, {
      maxDepth: maxEntryDepth,
      maxKeys: maxEntryKeys,
      sourceKey: 'message',
      allowLoneSurrogates: true,
    });
  } catch (error) {
    return refused(json, error);
  }
  if (!isRecord(value)) return { entry: value, message: '', updatedAt: Number.NaN, problem: 'not an object' };
  const raw = value['message'];
  const message = raw instanceof JsonSource ? raw.text : JSON.stringify(raw ?? null);
  const entry = plain(value);
  const queueId = readQueueId(value['queue_id'], json);
  const problem = schemaProblem(value, queueId) ?? sizeProblem(message, maxEntryBytes);
  return {
    entry,
    message,
    updatedAt: microseconds(value['updated_at']),
    ...(queueId === undefined ? {} : { queueId }),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** What the legacy reader needs; anything else in an entry is its own business. */
function schemaProblem(entry: Record<string, unknown>, queueId: string | undefined): string | undefined {
  for (const field of ['message', 'queue_id', 'priority_score', 'status', 'created_at', 'updated_at']) {
    if (!Object.hasOwn(entry, field)) return `field ${field} is missing`;
  }
  if (queueId === undefined) return 'queue_id is not an id';
  if (typeof entry['status'] !== 'string') return 'status is not a text';
  if (isContainer(entry['priority_score'])) return 'priority_score is not a number';
  if (isContainer(entry['created_at']) || isContainer(entry['updated_at']))
    return 'created_at or updated_at is no time';
  return undefined;
}

function sizeProblem(message: string, maxEntryBytes: number): string | undefined {
  // A text of n units has at most 3n bytes, so most messages need no count.
  if (message.length * 3 <= maxEntryBytes || Buffer.byteLength(message) <= maxEntryBytes) return undefined;
  return `message is larger than ${maxEntryBytes} bytes`;
}

/** Ids beyond 2^53 must not be rounded into one another, so a number is taken from its source text. */
function readQueueId(value: unknown, json: string): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value !== 'number') return undefined;
  const again = parseStrictJson(json, { sourceKey: 'queue_id', maxKeys: maxEntryKeys, allowLoneSurrogates: true });
  const source = isRecord(again) ? again['queue_id'] : undefined;
  return source instanceof JsonSource ? source.text : undefined;
}

/** `2025-09-09T00:56:13.516988`, with or without a zone. Only compared with others of its kind. */
function microseconds(value: unknown): number {
  if (typeof value === 'number') return value * 1e6;
  if (typeof value !== 'string') return Number.NaN;
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/.exec(value);
  if (match === null) return Number.NaN;
  const [, day = '', time = '', fraction = '', zone = 'Z'] = match;
  return Date.parse(`${day}T${time}${zone}`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** An entry that strict JSON refuses is still shown to the operator, as far as it safely can be. */
function refused(json: string, error: unknown): EntryReading {
  const detail = error instanceof WaggleError ? error.details['problem'] : undefined;
  const problem = typeof detail === 'string' ? detail.replace(/ ".*/s, '') : 'does not parse';
  const unreadable = { entry: null, message: '', updatedAt: Number.NaN, problem };
  if (problem.startsWith('nested deeper')) return unreadable;
  try {
    const entry: unknown = JSON.parse(json, (key, value: unknown) => (key === '__proto__' ? undefined : value));
    const queueId = isRecord(entry) && typeof entry['queue_id'] === 'string' ? entry['queue_id'] : undefined;
    return { ...unreadable, entry, ...(queueId === undefined ? {} : { queueId }) };
  } catch {
    return unreadable;
  }
}

/** Recursion is bounded: the value came from a reader with a depth limit. */
function plain(value: unknown): unknown {
  if (value instanceof JsonSource) return value.value;
  if (Array.isArray(value)) return value.map(plain);
  if (!isRecord(value)) return value;
  for (const [key, member] of Object.entries(value)) {
    if (typeof member === 'object' && member !== null) value[key] = plain(member);
  }
  return value;
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
