import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { invalidInput, WaggleError } from '../errors.ts';

/** A body of 256 KiB may double when escaped; beyond this a request cannot be a valid single message. */
export const maxRequestBytes = 1024 * 1024;
/** Requests that carry many messages. */
export const maxBatchBytes = 16 * 1024 * 1024;

/** Reads a request body as text, refusing it as soon as it is too long, before it is all in memory. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const declared = Number(request.headers['content-length'] ?? 0);
  const hasBody = declared > 0 || request.headers['transfer-encoding'] !== undefined;
  if (!hasBody) return '';
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) throw invalidInput('Content-Type', type, 'must be application/json');
  if (request.headers['content-encoding'] !== undefined) {
    throw invalidInput('Content-Encoding', request.headers['content-encoding'], 'compressed requests are refused');
  }
  if (declared > maxBytes) throw tooLarge(declared, maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
    chunks.push(chunk);
  }
  return decodeUtf8(Buffer.concat(chunks));
}

/** Strict: bytes that are not UTF-8 are refused, not replaced, because what is accepted is kept byte for byte. */
export function decodeUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new WaggleError('invalid_input', 'body: is not valid UTF-8', { details: { field: 'body' } });
}

function tooLarge(bytes: number, limit: number): WaggleError {
  return new WaggleError(
    'payload_too_large',
    `request: ${bytes} bytes or more, at most ${limit} are accepted; nothing was stored`,
    {
      details: { field: 'body', bytes, limit },
    },
  );
}
