import { basename, dirname } from 'node:path';
import { WaggleError } from '../errors.ts';
import { agentIdPattern } from '../ids.ts';
import { parseStrictJson } from '../json.ts';
import type { AgentState } from './agent.ts';

/** What a legacy agent's `status.json` says, as the registry keeps it. */
export interface LegacyAgent {
  readonly id: string;
  readonly state: AgentState;
  /** The file's own words for the state. */
  readonly stateReason?: string;
  /** When the file says it was last updated. */
  readonly at?: number;
  readonly team?: string;
  /** All of it, for what the registry has no place for: tasks, missions, points. */
  readonly document: Readonly<Record<string, unknown>>;
  /** What could not be understood and is kept in `document` alone. */
  readonly notes: readonly string[];
}

/**
 * The first that fits decides. Free text in the files ("STRATEGIC_REST_READY_MODE", "COMPLETE - LEGENDARY SESSION: …"),
 * so words are looked for, the ones that exclude the others first.
 */
const stateWords: readonly (readonly [AgentState, RegExp])[] = [
  ['out_of_gas', /\bout of (gas|fuel)\b/],
  ['blocked', /\bblock(ed|ing)?\b/],
  ['stalled', /\b(stall(ed)?|stuck)\b/],
  ['completing', /\b(completing|finishing|wrap(ping)? ?up)\b/],
  ['complete', /\b(completed?|done|finished)\b/],
  ['idle', /\b(idle|rest(ing)?|ready|stand(ing)? ?by|waiting|paused?)\b/],
  ['starting', /\b(start(ing|ed)?|onboard(ing|ed)?|init(ializing)?)\b/],
  ['working', /\b(active|activated|work(ing)?|process(ing)?|execut(e|ing)|in progress|busy)\b/],
  ['offline', /\b(offline|inactive|end(ed)?|stopped)\b/],
];

/** A JSON object, strictly; `unreadable_file` for anything else: what cannot be read is never taken for empty. */
export function parseStatus(text: string, file: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parseStrictJson(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    const why = /^(<{7}|={7}|>{7})/m.test(text) ? ' (it holds marks of an unfinished merge)' : '';
    throw new WaggleError('unreadable_file', `${file}: is not JSON${why}; it is never taken for an empty one`, {
      cause,
      details: { file },
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>; // an object of JSON has text keys
  throw new WaggleError('unreadable_file', `${file}: is not a JSON object`, { details: { file } });
}

/** `unreadable_file` when it is no JSON object or names no agent that could be registered. */
export function readLegacyAgent(text: string, file: string): LegacyAgent {
  const document = parseStatus(text, file);
  const notes: string[] = [];
  const state = stateOf(document, notes);
  const at = instantOf(document, notes);
  const team = /^team[ _-]?([a-z0-9]+)\b/i.exec(textOf(document['team_assignment']) ?? '')?.[1]?.toLowerCase();
  return {
    id: idOf(document, file, notes),
    ...state,
    ...(at === undefined ? {} : { at }),
    ...(team === undefined ? {} : { team }),
    document,
    notes,
  };
}

/** `Agent-3` is `agent-3`. Files that say nothing are named by their folder or by themselves. */
function idOf(document: Readonly<Record<string, unknown>>, file: string, notes: string[]): string {
  const said = document['agent_id'] ?? document['agentId'];
  const named = typeof said === 'number' ? `agent-${said}` : textOf(said);
  const byPath = nameFromPath(file);
  if (named !== undefined) {
    const id = asId(named);
    if (!agentIdPattern.test(id)) {
      throw new WaggleError(
        'unreadable_file',
        `${file}: agent_id ${JSON.stringify(named.slice(0, 80))} cannot be an id`,
        {
          details: { file, field: 'agent_id' },
        },
      );
    }
    if (byPath !== undefined && byPath !== id) notes.push(`it lies at the place of ${byPath}`);
    return id;
  }
  if (byPath === undefined) {
    throw new WaggleError('unreadable_file', `${file}: names no agent (agent_id), and neither does its path`, {
      details: { file, field: 'agent_id' },
    });
  }
  notes.push('agent_id is missing; the agent is named by its path');
  return byPath;
}

function nameFromPath(file: string): string | undefined {
  const candidate = /^(.+)[-_.]status\.json$/i.exec(basename(file))?.[1] ?? basename(dirname(file));
  const id = asId(candidate);
  return /^agent[-_.]?\d/.test(id) && agentIdPattern.test(id) ? id : undefined;
}

function asId(name: string): string {
  return name.trim().toLowerCase().replaceAll(/\s+/g, '-');
}

function stateOf(
  document: Readonly<Record<string, unknown>>,
  notes: string[],
): Pick<LegacyAgent, 'state' | 'stateReason'> {
  const said = ['status', 'state', 'fsm_state'].flatMap((key) => textOf(document[key]) ?? []);
  for (const words of said) {
    const plain = words.toLowerCase().replaceAll(/[_-]+/g, ' ');
    const found = stateWords.find(([, pattern]) => pattern.test(plain));
    if (found !== undefined) return { state: found[0], stateReason: line(words) };
  }
  const [first] = said;
  notes.push(first === undefined ? 'it tells no state' : `its state ${JSON.stringify(line(first))} is not understood`);
  return { state: 'offline', ...(first === undefined ? {} : { stateReason: line(first) }) };
}

/** `2025-10-16 08:15:00` says no zone and is read as UTC, as the files that say one have it. */
function instantOf(document: Readonly<Record<string, unknown>>, notes: string[]): number | undefined {
  const text = textOf(document['last_updated']);
  if (text === undefined) {
    notes.push('it does not say when it was last updated');
    return undefined;
  }
  const bare = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)$/.exec(text.trim());
  const at = Date.parse(bare === null ? text : `${bare[1]}T${bare[2]}Z`);
  if (!Number.isNaN(at)) return at;
  notes.push(`its last_updated ${JSON.stringify(line(text))} is not understood`);
  return undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** Fit for the registry: one line, no control characters, not endless. */
function line(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
    .slice(0, 200)
    .toWellFormed();
}
