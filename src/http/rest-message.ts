import type { WireMessage } from '../hub/api.ts';
import { JsonSource } from '../json.ts';

/**
 * Over HTTP and on a terminal a message shows `body` as a JSON value, not as the text it is stored as. Walks a result
 * and puts `body` where a `bodyText` stands; the source text itself is embedded when the result is rendered.
 */
export function withBodies(result: unknown): unknown {
  if (Array.isArray(result)) return result.map(withBodies);
  if (typeof result !== 'object' || result === null) return result;
  if (isWireMessage(result)) {
    const { bodyText, ...message } = result;
    return { ...message, body: result.bodyType === 'json' ? new JsonSource(bodyText, undefined) : bodyText };
  }
  return Object.fromEntries(
    Object.entries(result).map(([key, member]) => [
      key,
      key === 'provenance' || key === 'data' ? member : withBodies(member),
    ]),
  );
}

function isWireMessage(value: object): value is WireMessage {
  return 'bodyText' in value && 'bodyType' in value && 'inboxSeq' in value;
}
