/**
 * Every failure Waggle reports, in one table. Callers branch on `code`, which survives JSON, HTTP, MCP and process
 * borders; the words around it may change, the code may not.
 *
 * `retry` tells a caller what repeating the same call can do: `never` (it will fail again), `reread` (look at the
 * state first), `later` (the same call may succeed after a while), `unknown` (the effect may or may not have happened;
 * repeat only with the same idempotency key).
 */
export type Retry = 'never' | 'reread' | 'later' | 'unknown';

interface ErrorKind {
  readonly http: number;
  /** Process exit code of the CLI: 1 failed, 2 invalid input, 3 not found, 4 conflict, 5 busy or refused. */
  readonly exit: number;
  readonly retry: Retry;
}

export const errorKinds = {
  invalid_input: { http: 400, exit: 2, retry: 'never' },
  payload_too_large: { http: 413, exit: 2, retry: 'never' },
  unauthorized: { http: 401, exit: 5, retry: 'never' },
  forbidden: { http: 403, exit: 5, retry: 'never' },
  not_found: { http: 404, exit: 3, retry: 'never' },
  method_not_allowed: { http: 405, exit: 2, retry: 'never' },
  already_exists: { http: 409, exit: 4, retry: 'never' },
  idempotency_conflict: { http: 409, exit: 4, retry: 'never' },
  illegal_transition: { http: 409, exit: 4, retry: 'reread' },
  version_conflict: { http: 409, exit: 4, retry: 'reread' },
  lease_lost: { http: 409, exit: 4, retry: 'reread' },
  queue_full: { http: 429, exit: 5, retry: 'later' },
  loop_stopped: { http: 429, exit: 5, retry: 'later' },
  rate_limited: { http: 429, exit: 5, retry: 'later' },
  busy: { http: 503, exit: 5, retry: 'later' },
  disk_full: { http: 507, exit: 5, retry: 'later' },
  timeout: { http: 504, exit: 5, retry: 'unknown' },
  aborted: { http: 499, exit: 130, retry: 'unknown' },
  hub_unreachable: { http: 503, exit: 5, retry: 'unknown' },
  hub_already_running: { http: 409, exit: 5, retry: 'never' },
  directory_refused: { http: 500, exit: 5, retry: 'never' },
  store_busy: { http: 503, exit: 5, retry: 'later' },
  store_failed: { http: 503, exit: 5, retry: 'unknown' },
  store_read_only: { http: 503, exit: 5, retry: 'later' },
  store_corrupt: { http: 500, exit: 1, retry: 'never' },
  store_missing: { http: 500, exit: 1, retry: 'never' },
  store_fenced: { http: 503, exit: 5, retry: 'later' },
  schema_too_new: { http: 500, exit: 1, retry: 'never' },
  unreadable_file: { http: 400, exit: 1, retry: 'never' },
  start_failed: { http: 502, exit: 1, retry: 'never' },
  process_unknown: { http: 409, exit: 5, retry: 'reread' },
  not_supported: { http: 501, exit: 1, retry: 'never' },
  unsupported_runtime: { http: 500, exit: 1, retry: 'never' },
  draining: { http: 503, exit: 5, retry: 'later' },
  internal: { http: 500, exit: 1, retry: 'unknown' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorKinds, text);
}

/** What travels over a wire or into `--json`: `{"error":{"code","message","details","retry"}}`. */
export interface ErrorDocument {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retry: Retry;
}

export interface WaggleErrorOptions {
  /** Machine-readable facts: the field, the offending value, limits, `retryAfterMs`. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The only error class of the project. `message` names the thing, the bad value and what to do about it. */
export class WaggleError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: WaggleErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WaggleError';
    this.code = code;
    this.details = options.details ?? {};
  }

  get retry(): Retry {
    return errorKinds[this.code].retry;
  }

  toDocument(): ErrorDocument {
    return { code: this.code, message: this.message, details: this.details, retry: this.retry };
  }
}

/** Rebuilds the error a peer sent; an unknown code (a newer peer) becomes `internal` with the original kept. */
export function errorFromDocument(document: {
  code: string;
  message: string;
  details?: Readonly<Record<string, unknown>>;
}): WaggleError {
  return isErrorCode(document.code)
    ? new WaggleError(document.code, document.message, { details: document.details ?? {} })
    : new WaggleError('internal', document.message, { details: { ...document.details, peerCode: document.code } });
}

/** Anything thrown, as a WaggleError. A foreign error is a defect of ours, so its text is kept as the cause. */
export function toWaggleError(error: unknown): WaggleError {
  if (error instanceof WaggleError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const systemCode = error instanceof Error && 'code' in error ? systemErrors[String(error.code)] : undefined;
  if (systemCode !== undefined)
    return new WaggleError(systemCode.code, `${text}; ${systemCode.advice}`, { cause: error });
  return new WaggleError('internal', `unexpected failure: ${text}`, { cause: error });
}

/** What the operating system refuses is the surroundings' doing, not a defect of ours. */
const systemErrors: Readonly<Record<string, { code: ErrorCode; advice: string }>> = {
  EROFS: { code: 'store_read_only', advice: 'the filesystem is read-only' },
  EACCES: { code: 'store_read_only', advice: 'check the permissions of the folder' },
  EPERM: { code: 'store_read_only', advice: 'check the permissions of the folder' },
  ENOSPC: { code: 'disk_full', advice: 'free space and retry' },
  EDQUOT: { code: 'disk_full', advice: 'free space and retry' },
};

/** `invalid_input` that names the field and shows the value, cut to a readable length. */
export function invalidInput(field: string, value: unknown, problem: string): WaggleError {
  return new WaggleError('invalid_input', `${field}: ${problem}, got ${showValue(value)}`, {
    details: { field, value: showValue(value), problem },
  });
}

/** A value as a person can read it: JSON, at most 80 characters, control characters escaped. */
export function showValue(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
