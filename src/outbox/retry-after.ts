/** Longest wait another side may ask for. */
const mostMs = 24 * 3_600_000;

/** `Retry-After` (RFC 9110 §10.2.3) in milliseconds: seconds, fractions allowed, or a date. Undefined when it says nothing. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(mostMs, Math.max(0, Math.ceil(ms)));
}
