import type { DeliveryEnd, DeliveryStore } from '../../delivery/delivery-store.ts';
import { type DeliveryRecord, type DoorName, isRelevant } from '../../delivery/receipt.ts';
import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import type { Message } from '../../message/message.ts';
import { appendEvent, atomically, type Core } from './core.ts';
import { findRow, idOf, type MessageRow, requireRow, toMessage } from './message-row.ts';

interface DeliveryRow {
  readonly message_seq: number;
  readonly agent: string;
  readonly door: DoorName;
  readonly state: DeliveryRecord['state'];
  readonly gen: number;
  readonly tries: number;
  readonly begun_at: number;
  readonly injected_at: number | null;
  readonly seen_at: number | null;
  readonly uncertain_at: number | null;
  readonly why: string | null;
}

/** Ready messages looked at in one call: an inbox with more that were told already needs no further knock. */
const mostLookedAt = 500;

export function pendingDeliveries(core: Core, agent: string, limit: number): Message[] {
  const rows = core
    .sql(
      `SELECT m.* FROM (SELECT * FROM messages WHERE inbox = ? AND state = 0 ORDER BY priority, seq LIMIT ${mostLookedAt}) AS m
       LEFT JOIN deliveries AS d ON d.message_seq = m.seq
       WHERE (d.message_seq IS NULL OR d.state = 'refused' OR d.gen <> m.gen) AND coalesce(m.expires_at, 9e15) > ?
       ORDER BY m.priority, m.seq LIMIT ? + 0`,
    )
    .all(agent, core.now(), limit);
  return (rows as unknown as MessageRow[]).map((row) => toMessage(core, row)); // all columns of the table
}

export function beginDelivery(core: Core, agent: string, door: DoorName, ids: readonly string[]): Message[] {
  return atomically(core, () =>
    ids.flatMap((id) => {
      const row = findRow(core, id);
      if (row === undefined || row.inbox !== agent) return [];
      const message = toMessage(core, row);
      const hasExpired = row.expires_at !== null && row.expires_at <= core.now();
      if (!isRelevant(message) || hasExpired || !mayBegin(findDelivery(core, row.seq), row.gen)) return [];
      core
        .sql(
          `INSERT INTO deliveries VALUES (?, ?, ?, 'trying', ?, 1, ?, NULL, NULL, NULL, NULL) ON CONFLICT DO UPDATE SET
             agent = excluded.agent, door = excluded.door, state = 'trying', gen = excluded.gen, tries = tries + 1,
             begun_at = excluded.begun_at, injected_at = NULL, seen_at = NULL, uncertain_at = NULL, why = NULL`,
        )
        .run(row.seq, agent, door, row.gen, core.wall());
      failpoint('store.delivery.begun');
      return [message];
    }),
  );
}

/** Once in a generation, unless nothing was done. */
function mayBegin(record: DeliveryRow | undefined, gen: number): boolean {
  return record === undefined || record.state === 'refused' || record.gen !== gen;
}

export function settleDelivery(core: Core, ids: readonly string[], end: DeliveryEnd): void {
  atomically(core, () => {
    for (const id of ids) {
      const row = findRow(core, id);
      const record = row === undefined ? undefined : findDelivery(core, row.seq);
      if (record?.state !== 'trying') continue;
      conclude(core, record, end);
    }
  });
}

function conclude(core: Core, { message_seq, agent, door, tries }: DeliveryRow, end: DeliveryEnd): void {
  const at = core.wall();
  const why = 'why' in end ? end.why : null;
  core
    .sql(
      `UPDATE deliveries SET state = ?, why = ?, injected_at = iif(? IN ('injected', 'seen'), ?, injected_at),
         seen_at = iif(? = 'seen', ?, seen_at), uncertain_at = iif(? = 'uncertain', ?, uncertain_at)
       WHERE message_seq = ? AND state = 'trying'`,
    )
    .run(end.end, why, end.end, at, end.end, at, end.end, at, message_seq);
  failpoint('store.delivery.settled');
  appendEvent(core, {
    type: `delivery.${end.end}`,
    messageSeq: message_seq,
    inbox: agent,
    agent,
    data: { door, tries, ...(why === null ? {} : { reason: why }) },
  });
}

export function sawDelivery(
  core: Core,
  agent: string,
  door: DoorName,
  ids: readonly string[],
  step: 'injected' | 'seen',
): number {
  return atomically(core, () => ids.filter((id) => markSeen(core, agent, door, id, step)).length);
}

function markSeen(core: Core, agent: string, door: DoorName, id: string, step: 'injected' | 'seen'): boolean {
  const row = findRow(core, id);
  if (row === undefined || row.inbox !== agent) return false;
  const record = findDelivery(core, row.seq);
  // Saying it again, or saying less than is known, changes nothing.
  const isKnown =
    record?.gen === row.gen && (record.seen_at ?? (step === 'injected' ? record.injected_at : null)) !== null;
  if (isKnown) return false;
  const at = core.wall();
  const seenAt = step === 'seen' ? at : null;
  core
    .sql(
      `INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, NULL, NULL) ON CONFLICT DO UPDATE SET
         state = excluded.state, gen = excluded.gen, injected_at = coalesce(injected_at, excluded.injected_at),
         seen_at = excluded.seen_at, why = NULL`,
    )
    .run(row.seq, agent, door, step, row.gen, at, at, seenAt);
  appendEvent(core, {
    type: `delivery.${step}`,
    messageSeq: row.seq,
    inbox: agent,
    agent,
    data: { door: record?.door ?? door },
  });
  return true;
}

export function recoverDeliveries(core: Core, repeatable: readonly DoorName[]): number {
  return atomically(core, () => {
    const rows = core.sql(`SELECT * FROM deliveries WHERE state = 'trying'`).all() as unknown as DeliveryRow[]; // all columns
    const why = 'the hub ended in the middle of it';
    for (const row of rows) conclude(core, row, { end: repeatable.includes(row.door) ? 'refused' : 'uncertain', why });
    return rows.filter((row) => !repeatable.includes(row.door)).length;
  });
}

export function releaseDelivery(core: Core, id: string): void {
  const { seq, inbox } = requireRow(core, id);
  const record = findDelivery(core, seq);
  if (record === undefined || record.state === 'trying') {
    const why = record === undefined ? 'nobody was told about it yet' : 'it is being delivered now';
    throw new WaggleError('illegal_transition', `message ${id} cannot be delivered once more: ${why}`, {
      details: { id, state: record?.state ?? null },
    });
  }
  core.sql(`UPDATE deliveries SET state = 'refused', why = 'an operator asked for it' WHERE message_seq = ?`).run(seq);
  appendEvent(core, {
    type: 'delivery.released',
    messageSeq: seq,
    inbox,
    agent: record.agent,
    data: { was: record.state },
  });
}

export function getDelivery(core: Core, id: string): DeliveryRecord | undefined {
  const row = findRow(core, id);
  const record = row === undefined ? undefined : findDelivery(core, row.seq);
  return row === undefined || record === undefined ? undefined : toRecord(record, id);
}

export function listDeliveries(
  core: Core,
  agent: string,
  { limit, state }: Parameters<DeliveryStore['records']>[1],
): DeliveryRecord[] {
  const rows = core
    .sql(
      `SELECT d.*, m.created_at FROM deliveries AS d JOIN messages AS m ON m.seq = d.message_seq
       WHERE d.agent = ? AND (? IS NULL OR d.state = ?) ORDER BY d.message_seq DESC LIMIT ? + 0`,
    )
    .all(agent, state ?? null, state ?? null, limit);
  return (rows as unknown as (DeliveryRow & { created_at: number })[]).map((row) =>
    toRecord(row, idOf(core, { seq: row.message_seq, created_at: row.created_at })),
  ); // all columns, and the stamp of the id
}

function findDelivery(core: Core, seq: number): DeliveryRow | undefined {
  return core.sql('SELECT * FROM deliveries WHERE message_seq = ?').get(seq) as unknown as DeliveryRow | undefined; // all columns
}

function toRecord(row: DeliveryRow, messageId: string): DeliveryRecord {
  return {
    messageId,
    agent: row.agent,
    door: row.door,
    state: row.state,
    gen: row.gen,
    tries: row.tries,
    begunAt: row.begun_at,
    ...(row.injected_at === null ? {} : { injectedAt: row.injected_at }),
    ...(row.seen_at === null ? {} : { seenAt: row.seen_at }),
    ...(row.uncertain_at === null ? {} : { uncertainAt: row.uncertain_at }),
    ...(row.why === null ? {} : { why: row.why }),
  };
}
