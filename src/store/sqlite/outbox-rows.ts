import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { encodeOutboxId } from '../../ids.ts';
import { defaultOutboxAttempts, keptSettled, mostWaiting, type OutboxEntry } from '../../outbox/outbox.ts';
import type { NewEntry, OutboxStore, TryEnd, TryRef } from '../../outbox/outbox-store.ts';
import { appendEvent, atomically, type Core } from './core.ts';
import { requireDestination } from './outbox-destinations.ts';

interface EntryRow {
  readonly seq: number;
  readonly id: string;
  readonly destination: string;
  readonly kind: string;
  readonly payload: string;
  readonly state: OutboxEntry['state'];
  readonly attempt: number;
  readonly max_attempts: number;
  readonly next_at: number;
  readonly created_at: number;
  readonly settled_at: number | null;
  readonly detail: string | null;
}

export function putEntry(core: Core, entry: NewEntry): { id: string; duplicate: boolean } {
  const { destination, kind, payload, key, maxAttempts = defaultOutboxAttempts } = entry;
  requireDestination(core, destination);
  const known = key === undefined ? undefined : findByKey(core, destination, key);
  if (known !== undefined) return { id: known, duplicate: true };
  return atomically(core, () => {
    const at = core.wall();
    const waiting = core
      .sql(`SELECT count(*) AS n FROM outbox WHERE destination = ? AND state = 'waiting'`)
      .get(destination);
    const isFull = Number(waiting?.['n']) >= mostWaiting;
    const seq = core.ledger.nextSeq();
    const id = encodeOutboxId({ seq, createdAt: at, salt: core.salt });
    core
      .sql(
        `INSERT INTO outbox (seq, id, destination, kind, payload, key, state, max_attempts, next_at, created_at)
         VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?)`,
      )
      .run(seq, id, destination, kind, payload, key ?? null, maxAttempts, core.now(), at);
    failpoint('store.outbox.queued');
    appendEvent(core, { type: 'outbox.queued', data: { id, destination, kind } });
    if (isFull) bury(core, { id, destination, attempt: 0 }, `${mostWaiting} wait for ${destination} already`);
    return { id, duplicate: false };
  });
}

export function claimEntries(core: Core, limit: number): Awaited<ReturnType<OutboxStore['claim']>> {
  const now = core.now();
  const rows = core
    .sql(
      `SELECT o.* FROM outbox_destinations AS d JOIN outbox AS o ON o.seq = (
         SELECT w.seq FROM outbox AS w WHERE w.destination = d.name AND w.state = 'waiting' AND w.next_at <= ?
         ORDER BY w.next_at, w.seq LIMIT 1)
       WHERE d.disabled IS NULL AND coalesce(d.held_until, 0) <= ?
         AND NOT EXISTS (SELECT 1 FROM outbox AS s WHERE s.destination = d.name AND s.state = 'sending')
       ORDER BY o.next_at, o.seq LIMIT ? + 0`,
    )
    .all(now, now, limit) as unknown as EntryRow[]; // all columns of the table
  const entries = rows.map((row) => {
    core
      .sql(`UPDATE outbox SET state = 'sending', attempt = attempt + 1 WHERE seq = ? AND state = 'waiting'`)
      .run(row.seq);
    failpoint('store.outbox.claimed');
    return toEntry(core, { ...row, state: 'sending', attempt: row.attempt + 1 });
  });
  return { entries, nextDueInMs: nextDueInMs(core) };
}

/** Of destinations that are free: where one is under way its end makes somebody look. */
function nextDueInMs(core: Core): number | undefined {
  const due = core
    .sql(
      `SELECT min(max(w.next_at, coalesce(d.held_until, 0))) AS at FROM outbox_destinations AS d
       JOIN outbox AS w ON w.destination = d.name AND w.state = 'waiting' WHERE d.disabled IS NULL
         AND NOT EXISTS (SELECT 1 FROM outbox AS s WHERE s.destination = d.name AND s.state = 'sending')`,
    )
    .get()?.['at'];
  return due == null ? undefined : Math.max(0, Number(due) - core.now());
}

export function settleEntry(core: Core, ref: TryRef, end: TryEnd): boolean {
  const row = core
    .sql(`SELECT destination FROM outbox WHERE id = ? AND attempt = ? AND state = 'sending'`)
    .get(ref.id, ref.attempt);
  if (row === undefined) return false;
  const destination = String(row['destination']);
  atomically(core, () => {
    switch (end.end) {
      case 'sent':
        conclude(core, { ...ref, destination }, 'sent', end.detail);
        appendEvent(core, { type: 'outbox.sent', data: { id: ref.id, destination, attempt: ref.attempt } });
        break;
      case 'retry':
        core
          .sql(`UPDATE outbox SET state = 'waiting', next_at = ?, detail = ? WHERE id = ? AND state = 'sending'`)
          .run(core.now() + end.delayMs, end.detail, ref.id);
        appendEvent(core, {
          type: 'outbox.failed',
          data: { id: ref.id, destination, attempt: ref.attempt, reason: end.detail, delayMs: end.delayMs },
        });
        break;
      case 'dead':
        bury(core, { ...ref, destination }, end.detail);
        break;
    }
    failpoint('store.outbox.settled');
    if (end.end !== 'dead' && end.holdMs !== undefined) {
      core
        .sql('UPDATE outbox_destinations SET held_until = ? WHERE name = ?')
        .run(core.now() + end.holdMs, destination);
    }
    if (end.end === 'dead' && end.disable !== undefined) disable(core, destination, end.disable);
  });
  return true;
}

function disable(core: Core, name: string, reason: string): void {
  core.sql('UPDATE outbox_destinations SET disabled = ? WHERE name = ?').run(reason, name);
  appendEvent(core, { type: 'outbox.destination', data: { name, change: 'disabled', reason } });
}

function bury(core: Core, entry: TryRef & { destination: string }, reason: string): void {
  conclude(core, entry, 'dead', reason);
  const { id, destination, attempt } = entry;
  appendEvent(core, { type: 'outbox.dead', data: { id, destination, attempt, reason } });
}

function conclude(
  core: Core,
  { id, destination }: { id: string; destination: string },
  state: 'sent' | 'dead',
  detail: string,
) {
  core.sql('UPDATE outbox SET state = ?, settled_at = ?, detail = ? WHERE id = ?').run(state, core.wall(), detail, id);
  core
    .sql(
      `DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE destination = ? AND state = '${state}'
         ORDER BY seq DESC LIMIT -1 OFFSET ${keptSettled})`,
    )
    .run(destination);
}

export function removeDestination(core: Core, name: string): { buried: number } {
  return atomically(core, () => {
    requireDestination(core, name);
    const rows = core
      .sql(`SELECT id, attempt FROM outbox WHERE destination = ? AND state IN ('waiting', 'sending') ORDER BY seq`)
      .all(name);
    for (const row of rows) {
      const ref = { id: String(row['id']), attempt: Number(row['attempt']), destination: name };
      bury(core, ref, `destination ${name} was removed`);
    }
    core.sql('DELETE FROM outbox_destinations WHERE name = ?').run(name);
    appendEvent(core, { type: 'outbox.destination', data: { name, change: 'removed' } });
    return { buried: rows.length };
  });
}

export function reclaimEntries(core: Core): number {
  const { changes } = core
    .sql(`UPDATE outbox SET state = 'waiting', detail = 'the hub ended while it was sent' WHERE state = 'sending'`)
    .run();
  return Number(changes);
}

export function getEntry(core: Core, id: string): OutboxEntry | undefined {
  const row = findRow(core, id);
  return row === undefined ? undefined : toEntry(core, row);
}

export function listEntries(core: Core, page: Parameters<OutboxStore['list']>[0]): OutboxEntry[] {
  const before = page.after === undefined ? Number.MAX_SAFE_INTEGER : (findRow(core, page.after)?.seq ?? 0);
  const rows = core
    .sql(
      `SELECT * FROM outbox WHERE seq < ? AND (? IS NULL OR state = ?) AND (? IS NULL OR destination = ?)
       ORDER BY seq DESC LIMIT ? + 0`,
    )
    .all(
      before,
      page.state ?? null,
      page.state ?? null,
      page.destination ?? null,
      page.destination ?? null,
      page.limit,
    );
  return (rows as unknown as EntryRow[]).map((row) => toEntry(core, row)); // all columns of the table
}

export function redriveEntries(core: Core, selection: Parameters<OutboxStore['redrive']>[0]): number {
  return atomically(core, () => {
    const { ids, destination } = selection;
    if (destination !== undefined) requireDestination(core, destination);
    const rows = (ids ?? []).map((id) => requireDead(core, id));
    const chosen =
      ids !== undefined
        ? rows
        : (core
            .sql(`SELECT * FROM outbox WHERE state = 'dead' AND (? IS NULL OR destination = ?) ORDER BY seq`)
            .all(destination ?? null, destination ?? null) as unknown as EntryRow[]); // all columns of the table
    for (const row of chosen) {
      core
        .sql(
          `UPDATE outbox SET state = 'waiting', attempt = 0, next_at = ?, settled_at = NULL WHERE seq = ? AND state = 'dead'`,
        )
        .run(core.now(), row.seq);
      appendEvent(core, { type: 'outbox.redriven', data: { id: row.id, destination: row.destination } });
    }
    const freed = new Set([
      ...chosen.map((row) => row.destination),
      ...(destination === undefined ? [] : [destination]),
    ]);
    for (const name of freed) enable(core, name);
    return chosen.length;
  });
}

function enable(core: Core, name: string): void {
  const { changes } = core
    .sql(
      `UPDATE outbox_destinations SET held_until = NULL, disabled = NULL
       WHERE name = ? AND (held_until IS NOT NULL OR disabled IS NOT NULL)`,
    )
    .run(name);
  if (Number(changes) > 0) appendEvent(core, { type: 'outbox.destination', data: { name, change: 'enabled' } });
}

function requireDead(core: Core, id: string): EntryRow {
  const row = findRow(core, id);
  if (row?.state === 'dead') {
    requireDestination(core, row.destination);
    return row;
  }
  throw new WaggleError(
    'not_found',
    `outbox entry ${id} is not dead, or not here; waggle outbox list --state dead shows which are`,
    { details: { id, state: row?.state ?? null } },
  );
}

function findByKey(core: Core, destination: string, key: string): string | undefined {
  const row = core.sql('SELECT id FROM outbox WHERE destination = ? AND key = ?').get(destination, key);
  return row === undefined ? undefined : String(row['id']);
}

function findRow(core: Core, id: string): EntryRow | undefined {
  return core.sql('SELECT * FROM outbox WHERE id = ?').get(id) as unknown as EntryRow | undefined; // all columns of the table
}

function toEntry(core: Core, row: EntryRow): OutboxEntry {
  // Steady time is anchored to the wall when a hub starts: what is shown is when it will be, by the clock on the wall.
  const nextAt = row.state === 'waiting' ? { nextAt: core.wall() + row.next_at - core.now() } : {};
  return {
    id: row.id,
    destination: row.destination,
    kind: row.kind,
    payload: row.payload,
    state: row.state,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    createdAt: row.created_at,
    ...nextAt,
    ...(row.settled_at === null ? {} : { settledAt: row.settled_at }),
    ...(row.detail === null ? {} : { detail: row.detail }),
  };
}
