import type { WireMessage } from './api.ts';

/** A result as somebody sees it who may know of messages but not read them: bodies and their provenance are taken out. */
export function withoutBodies<T>(result: T): T {
  return withhold(result) as T; // the same shape: a body is a text, and an empty one is
}

function withhold(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withhold);
  if (typeof value !== 'object' || value === null) return value;
  if (isMessage(value)) {
    const { provenance: _kept, ...message } = value;
    return { ...message, bodyText: '', bodyType: 'text', withheld: true };
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withhold(member)]));
}

function isMessage(value: object): value is WireMessage {
  return 'bodyText' in value && 'bodyType' in value;
}
