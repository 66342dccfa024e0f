import { invalidInput, WaggleError } from '../errors.ts';

/** What a hook needs to know of an event; the tool's output and the prompt are none of its business. */
export interface HookPayload {
  /** The conversation, as the client names it; made safe for a file name. */
  readonly session: string;
  /** Where the agent works, where the client says so. */
  readonly cwd: string | undefined;
  /** The turn that ends was itself started by a hook. */
  readonly isContinuation: boolean;
  /** A helper inside the session, whose context is not the agent's. */
  readonly isSubagent: boolean;
}

/** A tool's output may be in there; beyond this nothing is parsed. */
export const maxPayloadBytes = 4 * 1024 * 1024;

/** Throws `invalid_input` for what is not a JSON object, `payload_too_large` for what is not worth parsing. */
export function parsePayload(bytes: Buffer): HookPayload {
  if (bytes.length > maxPayloadBytes) {
    throw new WaggleError(
      'payload_too_large',
      `standard input: ${bytes.length} bytes, a hook reads at most ${maxPayloadBytes}; nothing was told to the agent`,
      { details: { field: 'standard input', bytes: bytes.length, limit: maxPayloadBytes } },
    );
  }
  const value = parse(bytes.toString('utf8'));
  const text = (...keys: string[]) => keys.map((key) => value[key]).find((found) => typeof found === 'string');
  const loops = value['loop_count'];
  return {
    session: fileName(text('session_id', 'conversation_id', 'sessionId', 'sessionID') ?? 'unnamed'),
    cwd: text('cwd'),
    isContinuation: value['stop_hook_active'] === true || (typeof loops === 'number' && loops > 0),
    isSubagent: typeof value['agent_id'] === 'string',
  };
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidInput('standard input', text.slice(0, 80), 'must be the JSON a client gives its hooks');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidInput('standard input', value, 'must be a JSON object');
  return value as Record<string, unknown>; // checked
}

/** Whatever a client calls its session becomes one name in one folder; different sessions keep different names. */
function fileName(session: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/.test(session)) return session;
  return `x-${Buffer.from(session).toString('hex').slice(0, 120)}`;
}
