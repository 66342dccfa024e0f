import { plainLine } from '../plain.ts';
import type { Alert } from './alert.ts';
import type { AlertRule } from './alert-rule.ts';
import { figures, formatValue, type Reading } from './figure.ts';

/** What happened to an alert that somebody is to hear of. */
export interface Notice {
  readonly change: 'fired' | 'resolved';
  readonly alert: Alert;
}

/** One sentence: what, of whom, how much, and the limit. Subjects and details are strangers' text and are made plain. */
export function alertText(rule: Pick<AlertRule, 'figure' | 'when' | 'threshold'>, reading: Reading): string {
  const { title, unit } = figures[rule.figure];
  const value = formatValue(unit, reading.value ?? 0);
  const limit = formatValue(unit, rule.threshold);
  const about = reading.subject === undefined ? '' : ` (${plainLine(reading.subject)})`;
  const detail = reading.detail === undefined ? '' : `: ${plainLine(reading.detail).slice(0, 300)}`;
  // A count that must be nothing says all by being there.
  const measure = rule.threshold === 0 && unit === 'count' ? '' : `: ${value}, limit ${limit}`;
  return `${title}${about}${measure}${detail}`;
}

/** For the log of the hub. */
export function logLine({ change, alert }: Notice): string {
  const { severity, rule, text, advice, notifiedAt } = alert;
  const heard = notifiedAt === undefined ? ', silenced' : '';
  return change === 'fired'
    ? `alert (${severity}${heard}) ${rule}: ${text}; ${advice}`
    : `alert over: ${rule}: ${text}`;
}

/** For an inbox: what an agent that acts on it must know. */
export function inboxMessage({ change, alert }: Notice): { subject: string; body: string } {
  const { id, severity, rule, subject, text, advice } = alert;
  const about = subject === undefined ? '' : ` (${plainLine(subject).slice(0, 100)})`;
  if (change === 'resolved') return { subject: `Alert over: ${rule}${about}`, body: `${text}\n\nIt is over (${id}).` };
  return {
    subject: `Alert (${severity}): ${rule}${about}`,
    body: `${text}\n\nWhat to do: ${advice}\n\nwaggle alerts ack ${id} says that you know.`,
  };
}

/** For a webhook: the alert as it is on the wire. */
export function webhookPayload({ alert }: Notice): string {
  return JSON.stringify(wireAlert(alert));
}

/** At most what one Discord message holds; nothing in it calls anybody. */
export function discordText({ change, alert }: Notice): string {
  const { severity, rule, text, advice } = alert;
  const mark = change === 'resolved' ? '✅ over' : severity === 'critical' ? '🔴 critical' : '🟠 warning';
  const lines = [
    `**${mark}: ${inMarkdown(rule)}**`,
    inMarkdown(text),
    ...(change === 'fired' ? [`→ ${inMarkdown(advice)}`] : []),
  ];
  return lines.join('\n').slice(0, 2_000);
}

/** Markdown of a stranger stays text. */
function inMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_~|>[\]()#<@]/g, '\\$&');
}

/** An alert as it crosses a door: instants in ISO 8601. */
export type WireAlert = Omit<Alert, 'since' | 'firedAt' | 'acknowledgedAt' | 'resolvedAt' | 'notifiedAt'> & {
  readonly sinceAt: string;
  readonly firedAt: string;
  readonly acknowledgedAt?: string;
  readonly resolvedAt?: string;
  readonly notifiedAt?: string;
};

export function wireAlert({ since, firedAt, acknowledgedAt, resolvedAt, notifiedAt, ...alert }: Alert): WireAlert {
  const iso = (at: number) => new Date(at).toISOString();
  return {
    ...alert,
    sinceAt: iso(since),
    firedAt: iso(firedAt),
    ...(acknowledgedAt === undefined ? {} : { acknowledgedAt: iso(acknowledgedAt) }),
    ...(resolvedAt === undefined ? {} : { resolvedAt: iso(resolvedAt) }),
    ...(notifiedAt === undefined ? {} : { notifiedAt: iso(notifiedAt) }),
  };
}
