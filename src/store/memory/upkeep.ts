import { afterLeaseExpiry } from '../../message/lifecycle.ts';
import { isOpen } from '../../message/message.ts';
import type { MemoryState } from './memory-state.ts';
import { type Row, settled } from './row.ts';
import { endAttempt, tellAndChange } from './steps.ts';

/** Brings about everything that is due. Each message is judged once, by its state at `now`. */
export function advance(state: MemoryState, now: number): number {
  let moved = 0;
  for (let row = state.due.first(); row !== undefined && row.dueAt <= now; row = state.due.first()) {
    moved += bringAbout(state, row, now);
  }
  return moved;
}

function bringAbout(state: MemoryState, row: Row, now: number): number {
  let moved = 0;
  const { life, expiresAt, maxAttempts } = row;
  if (life.state === 'leased') {
    if (life.leaseExpiresAt !== undefined && life.leaseExpiresAt <= now) {
      const next = afterLeaseExpiry({ attempt: life.attempt, maxAttempts, expiresAt, now });
      endAttempt(state, row, { next, type: 'message.rescued', reason: 'lease expired' });
      moved += 1;
    }
  } else if (expiresAt !== undefined && expiresAt <= now) {
    const settledLife = settled(life, 'expired', { wall: state.options.clock.now(), steady: now });
    tellAndChange(state, row, { type: 'message.expired', life: settledLife, data: { state: 'expired' } });
    moved += 1;
  } else if (life.state === 'scheduled' && life.readyAt <= now) {
    tellAndChange(state, row, { type: 'message.ready', life: { ...life, state: 'ready' }, data: {} });
    moved += 1;
  }
  if (row.ackByAt !== undefined && row.ackByAt <= now && isOpen(row.life.state) && !row.life.overdue) {
    const data = { state: row.life.state, attempt: row.life.attempt };
    tellAndChange(state, row, { type: 'message.overdue', life: { ...row.life, overdue: true }, data });
    moved += 1;
  }
  return moved;
}
