import { WaggleError } from '../../errors.ts';
import type { Alert, Silence } from '../../monitor/alert.ts';
import { type AlertChange, type AlertPage, alertsKept } from '../../monitor/alert-store.ts';
import { appendEvent, atomically, type Core } from './core.ts';

export function recordAlert(core: Core, alert: Alert, change: AlertChange): void {
  const { id, fingerprint, state } = alert;
  atomically(core, () => {
    const other = core
      .sql(`SELECT id FROM alerts WHERE fingerprint = ? AND state <> 'resolved' AND id <> ?`)
      .get(fingerprint, id)?.['id'];
    if (other !== undefined && state !== 'resolved') {
      throw new WaggleError('already_exists', `alert ${String(other)} about ${fingerprint} is open already`, {
        details: { id: other, fingerprint },
      });
    }
    core
      .sql(
        `INSERT INTO alerts (id, fingerprint, state, document) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, document = excluded.document`,
      )
      .run(id, fingerprint, state, JSON.stringify(alert));
    if (state === 'resolved') forgetOldest(core);
    if (change !== 'notified') appendEvent(core, { type: `alert.${change}`, data: eventData(alert) });
  });
}

function forgetOldest(core: Core): void {
  core
    .sql(
      `DELETE FROM alerts WHERE state = 'resolved' AND seq <=
         (SELECT seq FROM alerts WHERE state = 'resolved' ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
    )
    .run(alertsKept);
}

function eventData({ id, rule, subject, severity, text, value, acknowledgedBy, resolvedBy }: Alert) {
  return { id, rule, subject, severity, text, value, acknowledgedBy, resolvedBy };
}

export function getAlert(core: Core, id: string): Alert | undefined {
  const row = core.sql('SELECT document FROM alerts WHERE id = ?').get(id);
  return row === undefined ? undefined : toAlert(row);
}

export function listAlerts(core: Core, { limit, after, state }: AlertPage): Alert[] {
  return core
    .sql(
      `SELECT document FROM alerts WHERE (?1 IS NULL OR state = ?1 || '')
       AND (?2 IS NULL OR seq < (SELECT seq FROM alerts WHERE id = ?2)) ORDER BY seq DESC LIMIT ?3 + 0`,
    )
    .all(state ?? null, after ?? null, limit)
    .map(toAlert);
}

export function openAlerts(core: Core): Alert[] {
  return core.sql(`SELECT document FROM alerts WHERE state <> 'resolved' ORDER BY seq`).all().map(toAlert);
}

export function addSilence(core: Core, silence: Silence): void {
  atomically(core, () => {
    core.sql('DELETE FROM alert_silences WHERE until <= ?').run(silence.createdAt);
    core
      .sql('INSERT OR REPLACE INTO alert_silences VALUES (?, ?, ?, ?)')
      .run(silence.id, silence.until, silence.createdAt, JSON.stringify(silence));
    appendEvent(core, { type: 'alert.silenced', data: { ...silence } });
  });
}

export function removeSilence(core: Core, id: string): boolean {
  return atomically(core, () => {
    if (Number(core.sql('DELETE FROM alert_silences WHERE id = ?').run(id).changes) === 0) return false;
    appendEvent(core, { type: 'alert.unsilenced', data: { id } });
    return true;
  });
}

export function listSilences(core: Core, now: number): Silence[] {
  const rows = core.sql('SELECT document FROM alert_silences WHERE until > ? ORDER BY created_at, id').all(now);
  return rows.map((row) => JSON.parse(String(row['document'])) as Silence); // our own text
}

function toAlert(row: Record<string, unknown>): Alert {
  return JSON.parse(String(row['document'])) as Alert; // our own text
}
