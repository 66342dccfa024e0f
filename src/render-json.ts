import { JsonSource } from './json.ts';

/**
 * `JSON.stringify` on one line that writes a `JsonSource` as the exact text it was read from, so that a JSON body goes
 * out byte for byte as it came in. Members that are undefined are left out.
 */
export function renderJson(value: unknown): string {
  return holdsSource(value) ? renderWithSources(value) : (JSON.stringify(value) ?? 'null');
}

function holdsSource(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof JsonSource) return true;
  if (Array.isArray(value)) return value.some(holdsSource);
  for (const key in value) if (holdsSource((value as Record<string, unknown>)[key])) return true; // any object has such
  return false;
}

function renderWithSources(value: unknown): string {
  if (value instanceof JsonSource) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => renderWithSources(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${renderWithSources(member)}`);
  }
  return `{${members.join(',')}}`;
}
