import { WaggleError } from '../../errors.ts';
import type { Alert, Silence } from '../../monitor/alert.ts';
import { type AlertChange, type AlertPage, alertsKept } from '../../monitor/alert-store.ts';
import { appendEvent } from './append-event.ts';
import type { MemoryState } from './memory-state.ts';

export function recordAlert(state: MemoryState, alert: Alert, change: AlertChange): void {
  const { id, fingerprint } = alert;
  const other = openAlerts(state).find((open) => open.fingerprint === fingerprint && open.id !== id);
  if (other !== undefined && alert.state !== 'resolved') {
    throw new WaggleError('already_exists', `alert ${other.id} about ${fingerprint} is open already`, {
      details: { id: other.id, fingerprint },
    });
  }
  const alerts = new Map(state.alerts).set(id, alert);
  const over = [...alerts.values()].filter(isOver);
  for (const oldest of over.slice(0, Math.max(0, over.length - alertsKept))) alerts.delete(oldest.id);
  state.keepAlerts(alerts, state.silences);
  if (change === 'notified') return;
  const { rule, subject, severity, text, value, acknowledgedBy, resolvedBy } = alert;
  const data = { id, rule, subject, severity, text, value, acknowledgedBy, resolvedBy };
  appendEvent(state, { type: `alert.${change}`, data: withoutUndefined(data) });
}

export function listAlerts({ alerts }: MemoryState, { limit, after, state }: AlertPage): Alert[] {
  const all = [...alerts.values()].reverse();
  const from = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && from === 0) return [];
  return all
    .slice(from)
    .filter((alert) => state === undefined || alert.state === state)
    .slice(0, limit);
}

export function openAlerts({ alerts }: MemoryState): Alert[] {
  return [...alerts.values()].filter((alert) => !isOver(alert));
}

export function addSilence(state: MemoryState, silence: Silence): void {
  const live = [...state.silences].filter(([id, { until }]) => until > silence.createdAt && id !== silence.id);
  state.keepAlerts(state.alerts, new Map(live).set(silence.id, silence));
  appendEvent(state, { type: 'alert.silenced', data: { ...silence } });
}

export function removeSilence(state: MemoryState, id: string): boolean {
  const silences = new Map(state.silences);
  if (!silences.delete(id)) return false;
  state.keepAlerts(state.alerts, silences);
  appendEvent(state, { type: 'alert.unsilenced', data: { id } });
  return true;
}

export function listSilences({ silences }: MemoryState, now: number): Silence[] {
  return [...silences.values()].filter(({ until }) => until > now);
}

function isOver({ state }: Alert): boolean {
  return state === 'resolved';
}

function withoutUndefined(data: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}
