import { WaggleError } from '../../errors.ts';
import { afterFailedAttempt, type NextState } from '../../message/lifecycle.ts';
import { type LeasedMessage, type LeaseRef, type Message, mayBecome } from '../../message/message.ts';
import type { NackOutcome } from '../../message/message-store.ts';
import type { MemoryState } from './memory-state.ts';
import { type Life, type Row, settled, toLeasedMessage, toMessage } from './row.ts';
import { endAttempt, tellAndChange } from './steps.ts';
import { advance } from './upkeep.ts';

export interface LeaseRequest {
  readonly inbox: string;
  readonly limit: number;
  readonly leaseMs: number;
}

export function lease(state: MemoryState, request: LeaseRequest): LeasedMessage[] {
  const inbox = state.registeredInbox(request.inbox);
  const now = state.now();
  advance(state, now);
  const leased: LeasedMessage[] = [];
  while (leased.length < request.limit) {
    const row = inbox.take();
    if (row === undefined) break;
    const { life } = row;
    const gen = state.nextSeq();
    // The event of the lease before is told by the event that ended it, so its number is free to be folded away.
    if (life.gen > 0) state.point(life.gen, undefined);
    state.point(gen, row);
    state.change(row, {
      ...life,
      state: 'leased',
      attempt: life.attempt + 1,
      gen,
      leasedAt: now,
      leaseExpiresAt: now + request.leaseMs,
    });
    leased.push(toLeasedMessage(row));
  }
  return leased;
}

/** What a lease would hand out now. */
export function peek(state: MemoryState, inbox: string, limit: number): Message[] {
  const chosen = state.registeredInbox(inbox);
  advance(state, state.now());
  return chosen.peek(limit).map(toMessage);
}

export function ack(state: MemoryState, ref: LeaseRef): void {
  const now = state.now();
  const row = held(state, ref, now);
  const ackSeq = state.nextSeq();
  state.point(ackSeq, row);
  state.change(row, { ...settled(row.life, 'acked', { wall: state.options.clock.now(), steady: now }), ackSeq });
}

export function nack(state: MemoryState, ref: LeaseRef, outcome: NackOutcome): NextState {
  const now = state.now();
  const row = held(state, ref, now);
  const next = afterFailedAttempt(
    {
      attempt: row.life.attempt,
      maxAttempts: row.maxAttempts,
      expiresAt: row.expiresAt,
      now,
      ...(outcome.terminal === undefined ? {} : { terminal: outcome.terminal }),
      ...(outcome.delayMs === undefined ? {} : { delayMs: outcome.delayMs }),
    },
    state.options.backoff,
    state.options.random,
  );
  endAttempt(state, row, { next, type: 'message.nacked', reason: outcome.reason ?? 'no reason given' });
  return next;
}

export function extend(state: MemoryState, ref: LeaseRef, leaseMs: number): { leaseExpiresAt: number } {
  const now = state.now();
  const row = held(state, ref, now);
  const leaseExpiresAt = now + leaseMs;
  state.change(row, { ...row.life, leaseExpiresAt });
  return { leaseExpiresAt };
}

export function cancel(state: MemoryState, id: string): void {
  const row = state.mustFind(id);
  if (!mayBecome(row.life.state, 'cancelled')) {
    throw new WaggleError('illegal_transition', `message ${id} is ${row.life.state} and cannot be cancelled`, {
      details: { id, state: row.life.state },
    });
  }
  cancelRow(state, row);
}

export function cancelRow(state: MemoryState, row: Row): void {
  const life = settled(row.life, 'cancelled', state.instant());
  tellAndChange(state, row, { type: 'message.cancelled', life, data: { was: row.life.state } });
}

/** The row if it is leased under exactly this generation and the lease still runs. */
function held(state: MemoryState, ref: LeaseRef, now: number): Row {
  const row = state.mustFind(ref.id);
  const { life } = row;
  if (
    life.state === 'leased' &&
    life.gen === ref.gen &&
    life.leaseExpiresAt !== undefined &&
    life.leaseExpiresAt > now
  ) {
    return row;
  }
  throw new WaggleError('lease_lost', `the lease on message ${ref.id} is lost: ${whatHappened(life, ref.gen)}`, {
    details: { id: ref.id, gen: ref.gen, state: life.state, currentGen: life.gen },
  });
}

function whatHappened(life: Life, gen: number): string {
  if (life.state !== 'leased') return `the message is ${life.state}`;
  if (life.gen !== gen) return 'the message was leased again';
  return 'the lease expired';
}
