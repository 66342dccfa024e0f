/** The values of an entry as the legacy writer writes them, each told from its bytes, quotes included. */

const uuid = /^"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"$/i;
/** Begins or ends like a UUID. */
const halfUuid = /^"[0-9a-f]{8}-|-[0-9a-f]{12}"$/i;
const time = /^"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"$/;
const word = /^"[A-Za-z][A-Za-z_ -]{0,30}"$/;
/** Longer than any of them. */
const maxLength = 48;

export function isUuid(bytes: Uint8Array, start: number, end: number): boolean {
  return matches(uuid, bytes, start, end);
}

/** Of an id that is no UUID: two texts have met in one. */
export function holdsHalfUuid(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start > maxLength || matches(halfUuid, bytes, start, end);
}

export function isTime(bytes: Uint8Array, start: number, end: number): boolean {
  return matches(time, bytes, start, end);
}

export function isWord(bytes: Uint8Array, start: number, end: number): boolean {
  return matches(word, bytes, start, end);
}

function matches(pattern: RegExp, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > maxLength) return false;
  return pattern.test(String.fromCharCode(...bytes.subarray(start, end)));
}
