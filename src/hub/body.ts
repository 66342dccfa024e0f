import { invalidInput, WaggleError } from '../errors.ts';
import { JsonSource, parseStrictJson } from '../json.ts';
import type { BodyType } from '../message/message.ts';

/**
 * A body as it is stored: text as sent, JSON as its source text. Doors that read text hand in a `JsonSource`; a value
 * from a program in this process is written out and read back under the same rules.
 */
export function storedBody(body: unknown, maxBytes: number, field = 'body'): { body: string; bodyType: BodyType } {
  if (body === undefined) throw invalidInput(field, body, 'is required');
  const stored =
    typeof body === 'string'
      ? { body, bodyType: 'text' as const }
      : { body: body instanceof JsonSource ? body.text : jsonText(body, field), bodyType: 'json' as const };
  if (stored.bodyType === 'text' && !stored.body.isWellFormed())
    throw invalidInput(field, body, 'must not hold lone surrogates');
  const bytes = Buffer.byteLength(stored.body);
  if (bytes > maxBytes) {
    throw new WaggleError(
      'payload_too_large',
      `${field}: ${bytes} bytes, at most ${maxBytes} are accepted; nothing was stored`,
      {
        details: { field, bytes, limit: maxBytes },
      },
    );
  }
  return stored;
}

export function jsonText(body: unknown, field: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(body);
  } catch (error) {
    throw invalidInput(field, String(error), 'cannot be written as JSON');
  }
  if (text === undefined) throw invalidInput(field, typeof body, 'cannot be written as JSON');
  parseStrictJson(text);
  return text;
}
