import { JsonSource } from './json.ts';

/**
 * `JSON.stringify` on one line that writes a `JsonSource` as the exact text it was read from, so that a JSON body goes
 * out byte for byte as it came in. Members that are undefined are left out.
 */
export function renderJson(value: unknown): string {
  if (value instanceof JsonSource) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => renderJson(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${renderJson(member)}`);
  }
  return `{${members.join(',')}}`;
}
