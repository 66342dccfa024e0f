import { createHash } from 'node:crypto';
import { invalidInput } from '../errors.ts';
import { agentIdPattern, labelPattern } from '../ids.ts';
import { readEntry } from './entry.ts';
import { undoPython } from './python.ts';
import type { RecoveredEntry } from './queue-scan.ts';

export interface RecoveredFile {
  readonly sha256: string;
  /** Name or path; only the base name is kept. */
  readonly name: string;
}

/** Where an imported message came from. Never control authority: nobody vouches for what the file said. */
export interface Provenance {
  readonly source: 'recovered';
  readonly file: string;
  readonly sha256: string;
  /** Byte span in the file. */
  readonly offset: number;
  readonly length: number;
  readonly queueId: string | null;
  /** The legacy status as written. */
  readonly status: string | null;
  readonly claimedSender: string | null;
  /** The legacy writer's local time as written. */
  readonly createdAt: string | null;
  /**
   * Always true: the legacy format has no checksums, and a flipped bit inside a text leaves a file that parses, so no
   * content read from it can be called verified (goal d).
   */
  readonly unverified: true;
  /** Python literals in the message were written as JSON. */
  readonly normalised?: true;
  /** Why the entry is ambiguous or superseded. */
  readonly reason?: string;
}

/** What the import hands to the queue. The same entry gives the same `key`, so importing twice adds nothing. */
export interface ImportCandidate {
  readonly key: string;
  /** Agent id, or null when the message names none. */
  readonly to: string | null;
  readonly subject?: string;
  /** A text, or the exact JSON source of the message. */
  readonly body: string;
  readonly bodyType: 'text' | 'json';
  readonly priority: 'urgent' | 'high' | 'normal' | 'low';
  readonly state: 'ready' | 'acked' | 'dead' | 'quarantined';
  readonly provenance: Provenance;
}

const recipientFields = ['recipient', 'to', 'recipient_id', 'agent', 'agent_id', 'target', 'target_agent'];
const senderFields = ['sender', 'from', 'sender_id', 'from_agent'];
const subjectFields = ['subject', 'title'];
const maxSubjectBytes = 1024;

/**
 * Maps a legacy entry to a message of ours. An ambiguous entry becomes `quarantined`, which is kept and never delivered.
 * Throws `invalid_input` for a superseded entry: its newer version is imported instead.
 */
export function toImportCandidate(entry: RecoveredEntry, file: RecoveredFile): ImportCandidate {
  if (entry.supersededBy !== undefined) {
    throw invalidInput('entry', entry.queueId, `is superseded by the entry at offset ${entry.supersededBy}`);
  }
  const fields = asRecord(entry.entry);
  const { json, reading, normalised } = readSource(entry.source);
  const message = fields['message'];
  const content = asRecord(message);
  const body = toBody(message, reading.problem === undefined ? reading.message : undefined, json);
  const subject = firstText(content, subjectFields);
  const isRecovered = entry.status === 'recovered';
  return {
    key: importKey(entry, file),
    to: toAgentId(firstText(content, recipientFields)),
    ...(subject === undefined ? {} : { subject: cut(subject, maxSubjectBytes) }),
    ...body,
    priority: toPriority(fields['priority_score']),
    state: isRecovered ? toState(fields['status']) : 'quarantined',
    provenance: {
      source: 'recovered',
      file: file.name.replace(/^.*[\\/]/s, ''),
      sha256: file.sha256,
      offset: entry.offset,
      length: entry.length,
      queueId: entry.queueId ?? null,
      status: textOrNull(fields['status']),
      claimedSender: firstText(content, senderFields) ?? null,
      createdAt: textOrNull(fields['created_at']),
      unverified: true,
      ...(normalised ? { normalised } : {}),
      ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    },
  };
}

/**
 * A recovered entry is known by its id. An ambiguous one is known by its place, because a forged one may carry the id
 * of a true one and must not take its key.
 */
function importKey(entry: RecoveredEntry, file: RecoveredFile): string {
  if (entry.status === 'ambiguous')
    return `recovered:${digest(entry.source)}:${entry.offset}:${file.sha256.slice(0, 16)}`;
  const key = `recovered:${entry.queueId ?? ''}`;
  // An id with spaces, or a very long one, is no label of ours; its hash is as unique.
  return entry.queueId !== undefined && labelPattern.test(key)
    ? key
    : `recovered:sha256:${digest(entry.queueId ?? entry.source)}`;
}

/** A span holds Python literals exactly when strict reading only works after undoing them. */
function readSource(source: string): { json: string; reading: ReturnType<typeof readEntry>; normalised?: true } {
  const limit = Number.MAX_SAFE_INTEGER;
  const asItIs = readEntry(source, false, limit);
  if (asItIs.problem === undefined) return { json: source, reading: asItIs };
  const undone = undoPython(source);
  if (undone === source) return { json: source, reading: asItIs };
  return { json: undone, reading: readEntry(undone, false, limit), normalised: true };
}

/** Without a clean reading the whole span is the body: nothing of it is dropped. */
function toBody(
  message: unknown,
  messageSource: string | undefined,
  span: string,
): { body: string; bodyType: 'text' | 'json' } {
  if (messageSource === undefined) return { body: span, bodyType: 'text' };
  if (typeof message === 'string' && message.isWellFormed()) return { body: message, bodyType: 'text' };
  return { body: messageSource, bodyType: 'json' };
}

/** `Agent-1`, `AGENT 1` and `agent_1 ` all arrive somewhere sensible; what cannot be an id is nobody. */
export function toAgentId(name: string | undefined): string | null {
  if (name === undefined) return null;
  const id = name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .replace(/-+$/, '')
    .slice(0, 64);
  return agentIdPattern.test(id) ? id : null;
}

function toPriority(score: unknown): ImportCandidate['priority'] {
  if (typeof score === 'string') {
    const word = score.trim().toLowerCase();
    if (word === 'urgent' || word === 'high' || word === 'low') return word;
    return word !== '' && Number.isFinite(Number(word)) ? toPriority(Number(word)) : 'normal';
  }
  if (typeof score !== 'number') return 'normal';
  if (score >= 0.9) return 'urgent';
  if (score >= 0.65) return 'high';
  return score >= 0.4 ? 'normal' : 'low';
}

/** PROCESSING was left behind by a crash, so it is ready again; a status nobody knows must not hide a message. */
function toState(status: unknown): ImportCandidate['state'] {
  const word = typeof status === 'string' ? status.trim().toUpperCase() : '';
  if (word === 'DELIVERED') return 'acked';
  return word === 'FAILED' ? 'dead' : 'ready';
}

function firstText(record: Readonly<Record<string, unknown>>, fields: readonly string[]): string | undefined {
  for (const field of fields) {
    const value = Object.hasOwn(record, field) ? record[field] : undefined;
    if (typeof value === 'string' && value.trim() !== '' && value.isWellFormed()) return value;
  }
  return undefined;
}

function cut(text: string, maxBytes: number): string {
  return Buffer.byteLength(text) <= maxBytes ? text : text.slice(0, Math.floor(maxBytes / 3)).toWellFormed();
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : {}; // Just checked; its members stay unknown.
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}
