/**
 * What hooks of one session must remember between two processes: what was told, for which messages the agent was woken,
 * and when. Plain data; whoever decides on it is pure.
 */
export interface SessionRecord {
  /** Messages whose summary the agent has had in this conversation, newest last. */
  readonly told: readonly string[];
  /** Messages a turn was started for, newest last. */
  readonly woken: readonly string[];
  /** When turns were started (wall time), newest last. */
  readonly wakes: readonly number[];
  /** Turns started one out of the other, without one that ended by itself. */
  readonly chain: number;
  /** No turn is running: only then may a turn be started from outside. */
  readonly isIdle: boolean;
  /** The brief must be told again at the next opportunity. */
  readonly isBriefDue: boolean;
}

export const newRecord: SessionRecord = { told: [], woken: [], wakes: [], chain: 0, isIdle: false, isBriefDue: false };

/** More than a conversation hears of before it is compacted. */
const mostIds = 500;

/** The ids with new ones behind them, the oldest forgotten beyond what is kept. */
export function withIds(known: readonly string[], added: readonly string[]): string[] {
  return [...known, ...added.filter((id) => !known.includes(id))].slice(-mostIds);
}

/** A record from its file. Undefined for anything else: then the file is of another version or damaged. */
export function parseRecord(text: string): SessionRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { told, woken, wakes, chain, isIdle, isBriefDue } = value as Partial<Record<keyof SessionRecord, unknown>>; // each is checked
  if (!isListOf(told, 'string') || !isListOf(woken, 'string') || !isListOf(wakes, 'number')) return undefined;
  if (typeof chain !== 'number' || typeof isIdle !== 'boolean' || typeof isBriefDue !== 'boolean') return undefined;
  return { told, woken, wakes, chain, isIdle, isBriefDue };
}

function isListOf(value: unknown, type: 'string'): value is string[];
function isListOf(value: unknown, type: 'number'): value is number[];
function isListOf(value: unknown, type: string): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}
