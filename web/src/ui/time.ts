import { signal } from '@preact/signals';
import { formatDuration, relativeTime } from '../../../src/cli/durations.ts';

/** A clock that moves often enough for "3 s ago". */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 1_000);

export function ago(iso: string | undefined): string {
  return iso === undefined ? 'never' : relativeTime(iso, now.value);
}

export function timeOf(iso: string): string {
  return new Date(iso).toLocaleTimeString(undefined, { hour12: false });
}

/** With milliseconds: steps of one message may lie close together. */
export function exactTime(iso: string): string {
  const at = new Date(iso);
  return `${at.toLocaleTimeString(undefined, { hour12: false })}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

export { formatDuration };
