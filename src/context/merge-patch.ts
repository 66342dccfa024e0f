import type { JsonObject } from './context.ts';

/**
 * JSON merge patch (RFC 7396): members of the patch replace those of the target, objects merge member by member, `null`
 * removes. A list is replaced as a whole. Neither argument is changed.
 */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target));
  for (const [name, change] of Object.entries(patch)) {
    const present = merged.get(name);
    if (change === null) merged.delete(name);
    else if (isObject(change)) merged.set(name, mergePatch(isObject(present) ? present : {}, change));
    else merged.set(name, change);
  }
  return Object.fromEntries(merged);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
