import { invalidInput } from '../errors.ts';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitMs;

/** `250ms`, `5s`, `1.5h`, `2d` as milliseconds. A bare number is refused: nobody agrees on what unit it has. */
export function parseDuration(field: string, text: string): number {
  const match = /^(-?)(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  if (match === null) throw invalidInput(field, text, 'is not a duration; write 250ms, 5s, 10m, 1h or 2d');
  const [, sign, digits = '', unit = ''] = match;
  if (sign === '-') throw invalidInput(field, text, 'must not be negative');
  if (unit === '') throw invalidInput(field, text, `has no unit; write ${digits}s (units are ms, s, m, h, d)`);
  if (!Object.hasOwn(unitMs, unit))
    throw invalidInput(field, text, `has an unknown unit "${unit}"; use ms, s, m, h or d`);
  const ms = Math.round(Number(digits) * unitMs[unit as Unit]); // checked on the line above
  if (!Number.isSafeInteger(ms)) throw invalidInput(field, text, 'is too long');
  return ms;
}

/** The two largest units that matter: `340ms`, `5s`, `2m 5s`, `3h`, `2d 4h`. */
export function formatDuration(ms: number): string {
  const value = Math.max(0, Math.round(ms));
  if (value < 1_000) return `${value}ms`;
  if (value < 10_000) return `${Math.round(value / 100) / 10}s`;
  let rest = Math.round(value / 1_000);
  const parts: string[] = [];
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(' ');
}

/** How long ago (or ahead) an instant is, for people; the instant itself when it is not one. */
export function relativeTime(iso: string, nowMs: number): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  const apart = nowMs - at;
  if (Math.abs(apart) < 1_000) return 'now';
  return apart > 0 ? `${formatDuration(whole(apart))} ago` : `in ${formatDuration(whole(-apart))}`;
}

function whole(ms: number): number {
  return Math.round(ms / 1_000) * 1_000;
}
