import { type Context, type ContextChange, isShared, type JsonObject, keptChanges } from '../../context/context.ts';
import type { ContextValue, ContextWrite } from '../../context/context-store.ts';
import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { appendEvent, atomically, type Core } from './core.ts';

interface ContextRow {
  readonly namespace: string;
  readonly version: number;
  readonly value: string | null;
  readonly updated_at: number;
  readonly updated_by: string;
  readonly expires_at: number | null;
}

export function getContext(core: Core, namespace: string): Context | undefined {
  const row = findRow(core, namespace);
  return row?.value === null || row === undefined || hasExpired(core, row) ? undefined : toContext(row, row.value);
}

export function listContexts(core: Core): Omit<Context, 'value'>[] {
  const rows = core.sql('SELECT * FROM contexts WHERE value IS NOT NULL ORDER BY namespace').all();
  return (rows as unknown as ContextRow[]) // all columns of the table
    .filter((row) => !hasExpired(core, row))
    .map((row) => summaryOf(row));
}

export function contextHistory(core: Core, namespace: string, limit: number): ContextChange[] {
  const rows = core
    .sql('SELECT * FROM context_changes WHERE namespace = ? ORDER BY version DESC LIMIT ? + 0')
    .all(namespace, limit);
  return rows.map((row) => ({
    version: Number(row['version']),
    at: Number(row['at']),
    by: String(row['by']),
    change: String(row['change']) as ContextChange['change'], // written below, nowhere else
    ...(row['via'] === null ? {} : { via: String(row['via']) }),
    ...(row['reason'] === null ? {} : { reason: String(row['reason']) }),
    ...(row['value'] === null ? {} : { value: JSON.parse(String(row['value'])) as JsonObject }), // our own text
  }));
}

export function writeContext(core: Core, write: ContextWrite & ContextValue): Context {
  requireNamespace(core, write.namespace);
  return atomically(core, () => {
    const present = settleExpiry(core, write.namespace);
    requireVersion(write, present);
    const before = present?.value == null ? {} : (JSON.parse(present.value) as JsonObject); // our own text
    const value = typeof write.value === 'function' ? write.value(before) : write.value;
    const expiresAt = write.ttlMs === undefined ? null : core.now() + write.ttlMs;
    const row = record(core, write, {
      change: write.change,
      version: (present?.version ?? 0) + 1,
      value: JSON.stringify(value),
      expiresAt,
    });
    return toContext(row, row.value ?? '{}');
  });
}

export function removeContext(core: Core, write: ContextWrite): number {
  return atomically(core, () => {
    const present = settleExpiry(core, write.namespace);
    if (present === undefined || present.value === null) {
      throw new WaggleError('not_found', `context ${write.namespace} does not exist; nothing was removed`, {
        details: { field: 'namespace', value: write.namespace },
      });
    }
    requireVersion(write, present);
    return record(core, write, { change: 'removed', version: present.version + 1, value: null, expiresAt: null })
      .version;
  });
}

function requireNamespace(core: Core, namespace: string): void {
  if (isShared(namespace) || core.ledger.agents.has(namespace)) return;
  throw new WaggleError(
    'not_found',
    `agent ${namespace} is not registered, so it has no context; waggle agent add ${namespace}`,
    {
      details: { field: 'namespace', value: namespace },
    },
  );
}

/** A context that has run out becomes one without a value before anybody may change it: its version is gone for good. */
function settleExpiry(core: Core, namespace: string): ContextRow | undefined {
  const row = findRow(core, namespace);
  if (row === undefined || row.value === null || !hasExpired(core, row)) return row;
  const author = { namespace, by: row.updated_by };
  return record(core, author, { change: 'expired', version: row.version + 1, value: null, expiresAt: null });
}

function requireVersion({ namespace, ifVersion }: ContextWrite, present: ContextRow | undefined): void {
  const version = present?.value == null ? 0 : present.version;
  if (ifVersion === 'any' || ifVersion === version) return;
  const now = version === 0 ? 'does not exist' : `is at version ${version}, changed by ${present?.updated_by ?? ''}`;
  throw new WaggleError(
    'version_conflict',
    `context ${namespace} ${now}, you changed version ${ifVersion}; read it again and repeat your change`,
    { details: { field: 'ifVersion', value: ifVersion, namespace, version } },
  );
}

function record(
  core: Core,
  { namespace, by, via, reason }: Pick<ContextWrite, 'namespace' | 'by' | 'via' | 'reason'>,
  step: { change: ContextChange['change']; version: number; value: string | null; expiresAt: number | null },
): ContextRow {
  const at = core.wall();
  const { change, version, value, expiresAt } = step;
  core
    .sql(
      `INSERT INTO contexts VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET version = excluded.version, value = excluded.value,
        updated_at = excluded.updated_at, updated_by = excluded.updated_by, expires_at = excluded.expires_at`,
    )
    .run(namespace, version, value, at, by, expiresAt);
  failpoint('store.context.written');
  core
    .sql('INSERT INTO context_changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    .run(namespace, version, at, by, via ?? null, change, reason ?? null, value);
  core.sql('DELETE FROM context_changes WHERE namespace = ? AND version <= ?').run(namespace, version - keptChanges);
  appendEvent(core, { type: 'context.changed', data: { namespace, version, change, by } });
  return { namespace, version, value, updated_at: at, updated_by: by, expires_at: expiresAt };
}

function findRow(core: Core, namespace: string): ContextRow | undefined {
  return core.sql('SELECT * FROM contexts WHERE namespace = ?').get(namespace) as unknown as ContextRow | undefined; // all columns
}

function hasExpired(core: Core, row: ContextRow): boolean {
  return row.expires_at !== null && row.expires_at <= core.now();
}

function toContext(row: ContextRow, value: string): Context {
  return { ...summaryOf(row), value: JSON.parse(value) as JsonObject }; // our own text
}

function summaryOf(row: ContextRow): Omit<Context, 'value'> {
  return {
    namespace: row.namespace,
    version: row.version,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
  };
}
