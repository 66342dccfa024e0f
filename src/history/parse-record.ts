import { invalidInput } from '../errors.ts';
import type { HistoryRecord } from './record.ts';

const phases = new Set(['invoke', 'ok', 'fail', 'info']);
const ops = new Set<string>([
  'send',
  'lease',
  'ack',
  'nack',
  'extend',
  'cancel',
  'redrive',
  'purge',
  'wait',
  'context.get',
  'context.set',
  'final',
  'stats',
  'fault',
] satisfies HistoryRecord['op'][]);

type FieldKind = 'text' | 'number' | 'count';

/** Every other field a record may have. Unknown ones are let through: a newer recorder may say more. */
const optional: Readonly<Record<string, FieldKind>> = {
  call: 'count',
  key: 'text',
  id: 'text',
  inbox: 'text',
  seq: 'count',
  gen: 'count',
  attempt: 'count',
  epoch: 'count',
  hash: 'text',
  priority: 'text',
  lease_until: 'number',
  lease_ms: 'number',
  from: 'text',
  authenticated: 'text',
  delay_ms: 'number',
  ttl_ms: 'number',
  max_attempts: 'count',
  ordering_key: 'text',
  state: 'text',
  version: 'count',
  value: 'text',
  error: 'text',
};

/** One line of a history. Throws `invalid_input` that names the field, or what `JSON.parse` throws. */
export function parseRecord(line: string): HistoryRecord {
  const record: unknown = JSON.parse(line);
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw invalidInput('record', record, 'must be an object');
  const fields = record as Readonly<Record<string, unknown>>; // an object that is no array
  requireKind('t_mono', fields['t_mono'], 'number');
  requireKind('proc', fields['proc'], 'text');
  requireKind('incarnation', fields['incarnation'], 'count');
  if (!ops.has(String(fields['op']))) throw invalidInput('op', fields['op'], `must be one of ${[...ops].join(', ')}`);
  if (!phases.has(String(fields['phase'])))
    throw invalidInput('phase', fields['phase'], 'must be invoke, ok, fail or info');
  for (const name in fields) {
    const kind = optional[name];
    if (kind !== undefined) requireKind(name, fields[name], kind);
    if (name === 'stats') requireCounts(fields[name]);
  }
  return record as HistoryRecord; // every field was looked at
}

function requireKind(name: string, value: unknown, kind: FieldKind): void {
  if (kind === 'text') {
    if (typeof value !== 'string') throw invalidInput(name, value, 'must be a string');
  } else if (typeof value !== 'number') {
    throw invalidInput(name, value, 'must be a number');
  } else if (kind === 'count' && !(Number.isSafeInteger(value) && value >= 0)) {
    throw invalidInput(name, value, 'must be a whole number from 0');
  }
}

function requireCounts(value: unknown): void {
  if (typeof value !== 'object' || value === null) throw invalidInput('stats', value, 'must be an object of counts');
  for (const [state, count] of Object.entries(value)) requireKind(`stats.${state}`, count, 'count');
}
