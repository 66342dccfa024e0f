import type { JsonObject } from '../context/context.ts';
import { isObject } from '../context/merge-patch.ts';
import { invalidInput, WaggleError } from '../errors.ts';
import { parseStrictJson } from '../json.ts';
import type { MessageLimits } from '../message/limits.ts';
import { redactJson } from '../redact.ts';
import { jsonText } from './body.ts';

/** A JSON object under the rules of every body, without secrets. Parsed anew: what comes back shares nothing with the caller. */
export function cleanContext(
  given: unknown,
  field: string,
  limits: MessageLimits,
): { value: JsonObject; redacted: readonly string[] } {
  if (!isObject(given)) throw invalidInput(field, given, 'must be a JSON object');
  const { value, paths } = redactJson(parseStrictJson(jsonText(given, field)));
  requireContextSize(value, field, limits);
  return { value: value as JsonObject, redacted: paths }; // an object went in
}

export function requireContextSize(value: unknown, field: string, limits: MessageLimits): void {
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= limits.contextBytes) return;
  throw new WaggleError(
    'payload_too_large',
    `${field}: the context would have ${bytes} bytes, at most ${limits.contextBytes} are kept; keep references, not contents`,
    { details: { field, bytes, limit: limits.contextBytes } },
  );
}
