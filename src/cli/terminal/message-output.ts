import { JsonSource } from '../../json.ts';
import { plain, plainExcerpt, plainLine } from '../../plain.ts';
import type { ReceivedMessage } from '../../sdk/swarm.ts';
import { formatDuration, relativeTime } from '../durations.ts';
import type { Output } from './output.ts';

/** Longest body a listing shows in full; `waggle message ID` shows all of it. */
const shownBodyLines = 40;

/**
 * A message as `--json` gives it: the contract's keys first, `body` a string for text and the JSON value itself, byte
 * for byte, for JSON.
 */
export function messageJson(message: ReceivedMessage): Record<string, unknown> {
  const { bodyText, body: _, ...rest } = message;
  const { id, gen, attempt, from, to, subject, kind, priority, threadId, createdAt, leaseExpiresAt, ...more } = rest;
  const body = message.bodyType === 'json' ? new JsonSource(bodyText, message.body) : bodyText;
  return { id, gen, attempt, from, to, subject, body, kind, priority, threadId, createdAt, leaseExpiresAt, ...more };
}

/** A message for a person: who, when, how urgent, then the text, indented so that it cannot pass for our own words. */
export function printMessage(message: ReceivedMessage, output: Output, nowMs: number, maxLines = shownBodyLines): void {
  const { style } = output;
  const priority = message.priority === 'normal' ? '' : ` · ${tint(output, message.priority)}`;
  const attempts = message.attempt > 1 ? ` · attempt ${message.attempt} of ${message.maxAttempts}` : '';
  const kind = message.kind === 'text' ? '' : ` · ${plainLine(message.kind)}`;
  const people = `${style.strong(plainLine(message.from))} → ${style.strong(plainLine(message.to))}`;
  output.line(`${people} · ${relativeTime(message.createdAt, nowMs)}${priority}${kind}${attempts}`);
  if (message.subject !== null) output.line(`  ${style.strong(plainLine(message.subject))}`);
  const lines = plain(message.bodyText).split('\n');
  for (const line of lines.slice(0, maxLines)) output.line(`  ${line}`);
  if (lines.length > maxLines) {
    output.line(`  ${style.dim(`… ${lines.length - maxLines} more lines: waggle message ${message.id}`)}`);
  }
}

/** The line below a message in hand: exactly what to type next. */
export function printLease(message: ReceivedMessage, output: Output, nowMs: number): void {
  const until =
    message.leaseExpiresAt === null ? '' : ` (yours for ${formatDuration(Date.parse(message.leaseExpiresAt) - nowMs)})`;
  output.line(`  ${output.style.accent(`waggle ack ${message.id} --gen ${message.gen}`)}${output.style.dim(until)}`);
}

/** One message as cells for a pipe: id, gen, state, from, to, priority, subject, beginning of the body. */
export function messageCells(message: ReceivedMessage): (string | number)[] {
  const { id, gen, state, from, to, priority, subject, bodyText } = message;
  return [id, gen, state, from, to, priority, subject ?? '', plainExcerpt(bodyText, 200)];
}

function tint(output: Output, priority: string): string {
  if (priority === 'urgent') return output.style.bad(priority);
  return priority === 'high' ? output.style.warn(priority) : output.style.dim(priority);
}
