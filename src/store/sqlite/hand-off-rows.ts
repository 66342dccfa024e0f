import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { decodeMessageId, type MessageId } from '../../ids.ts';
import type { HandOff, MovedLease } from '../../mission/hand-off.ts';
import type { HandOffFilter, NewHandOff, Settlement } from '../../mission/hand-off-store.ts';
import { appendEvent, atomically, type Core } from './core.ts';
import { idOf } from './message-row.ts';

/** `seq` and `created_at` are those of the message that made the offer: they are its id. */
interface HandOffRow {
  readonly seq: number;
  readonly created_at: number;
  readonly mission: string;
  readonly from_agent: string;
  readonly to_agent: string;
  readonly state: string;
  readonly epoch: number;
  readonly note: string | null;
  readonly reason: string | null;
  readonly offered_at: number;
  readonly expires_at: number;
  readonly settled_at: number | null;
  readonly next_epoch: number | null;
  readonly leases: string;
}

export function addHandOff(core: Core, handOff: NewHandOff): HandOff {
  const { id, mission, from, to, epoch, note, ttlMs } = handOff;
  const address = decodeMessageId(id);
  if (address === undefined) throw new Error(`${id} is not the id of a message`);
  return atomically(core, () => {
    core
      .sql(`INSERT INTO hand_offs VALUES (?, ?, ?, ?, ?, 'offered', ?, ?, NULL, ?, ?, NULL, NULL, '[]')`)
      .run(address.seq, address.createdAt, mission, from, to, epoch, note ?? null, core.wall(), core.now() + ttlMs);
    failpoint('store.handoff.inserted');
    const data = { mission, from, to, epoch };
    appendEvent(core, { type: 'handoff.offered', messageSeq: address.seq, agent: from, data });
    return required(core, id);
  });
}

export function getHandOff(core: Core, id: string): HandOff | undefined {
  const address = decodeMessageId(id);
  if (address === undefined || address.salt !== core.salt) return undefined;
  const row = core.sql('SELECT * FROM hand_offs WHERE seq = ? AND created_at = ?').get(address.seq, address.createdAt);
  return row === undefined ? undefined : toHandOff(core, row as unknown as HandOffRow); // all columns of the table
}

export function listHandOffs(core: Core, { mission, agent, state }: HandOffFilter, limit: number): HandOff[] {
  const rows = core
    .sql(
      `SELECT * FROM hand_offs WHERE (?1 IS NULL OR mission = ?1) AND (?2 IS NULL OR ?2 IN (from_agent, to_agent))
       AND (?3 IS NULL OR state = ?3) ORDER BY seq DESC LIMIT ?4 + 0`,
    )
    .all(mission ?? null, agent ?? null, state ?? null, limit);
  return (rows as unknown as HandOffRow[]).map((row) => toHandOff(core, row)); // all columns of the table
}

export function settleHandOff(core: Core, id: MessageId, settlement: Settlement): HandOff {
  const { state, by, reason, nextEpoch, leases = [] } = settlement;
  return atomically(core, () => {
    const before = required(core, id);
    const seq = decodeMessageId(id)?.seq ?? -1;
    const { changes } = core
      .sql(
        `UPDATE hand_offs SET state = ?, reason = ?, settled_at = ?, next_epoch = ?, leases = ?
         WHERE seq = ? AND state = 'offered'`,
      )
      .run(state, reason ?? null, core.wall(), nextEpoch ?? null, JSON.stringify(leases), seq);
    if (Number(changes) !== 1) {
      throw new WaggleError('illegal_transition', `hand-off ${id} is ${before.state} already; it was not ${state}`, {
        details: { id, state: before.state },
      });
    }
    failpoint('store.handoff.settled');
    const { mission, from, to } = before;
    const data = {
      mission,
      from,
      to,
      by,
      epoch: nextEpoch ?? before.epoch,
      leases: leases.length,
      ...(reason === undefined ? {} : { reason }),
    };
    appendEvent(core, { type: `handoff.${state}`, messageSeq: seq, agent: state === 'accepted' ? to : from, data });
    return required(core, id);
  });
}

export function overdueHandOffs(core: Core, limit: number): HandOff[] {
  const rows = core
    .sql(`SELECT * FROM hand_offs WHERE state = 'offered' AND expires_at <= ? ORDER BY expires_at LIMIT ? + 0`)
    .all(core.now(), limit);
  return (rows as unknown as HandOffRow[]).map((row) => toHandOff(core, row)); // all columns of the table
}

export function nextHandOffDueInMs(core: Core): number | undefined {
  const due = core.sql(`SELECT min(expires_at) AS at FROM hand_offs WHERE state = 'offered'`).get()?.['at'];
  return typeof due === 'number' ? Math.max(0, due - core.now()) : undefined;
}

function required(core: Core, id: string): HandOff {
  const handOff = getHandOff(core, id);
  if (handOff !== undefined) return handOff;
  throw new WaggleError('not_found', `hand-off ${id} does not exist; waggle hand-off list shows which do`, {
    details: { field: 'id', value: id },
  });
}

function toHandOff(core: Core, row: HandOffRow): HandOff {
  return {
    id: idOf(core, row),
    mission: row.mission,
    from: row.from_agent,
    to: row.to_agent,
    state: row.state as HandOff['state'], // written above, nowhere else
    epoch: row.epoch,
    offeredAt: row.offered_at,
    expiresAt: row.expires_at,
    leases: JSON.parse(row.leases) as MovedLease[], // our own text
    ...(row.note === null ? {} : { note: row.note }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.settled_at === null ? {} : { settledAt: row.settled_at }),
    ...(row.next_epoch === null ? {} : { nextEpoch: row.next_epoch }),
  };
}
