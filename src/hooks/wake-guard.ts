import { type SessionRecord, withIds } from './session-record.ts';

/** Turns started one out of the other: Claude Code ends the turn itself after 8, Codex never. */
export const longestChain = 4;
/** Turns started within the window, however they came about: agents that answer one another must not run for ever. */
export const mostWakes = 12;
export const windowMs = 10 * 60_000;

/**
 * Whether waiting mail may start a turn: the messages it is started for, and the record that remembers it. Each message
 * starts at most one; a message the agent leaves unread is a matter for healing, not for asking again at once. The limits
 * end by themselves: the chain with a turn that stops on its own, the window with time.
 */
export function mayWake(
  record: SessionRecord,
  waiting: readonly string[],
  now: number,
): { for: readonly string[]; record: SessionRecord } {
  const fresh = waiting.filter((id) => !record.woken.includes(id));
  const wakes = record.wakes.filter((at) => at <= now && now - at < windowMs);
  if (fresh.length === 0 || record.chain >= longestChain || wakes.length >= mostWakes)
    return { for: [], record: { ...record, wakes } };
  return {
    for: fresh,
    record: {
      ...record,
      woken: withIds(record.woken, fresh),
      told: withIds(record.told, fresh),
      wakes: [...wakes, now],
      chain: record.chain + 1,
      isIdle: false,
    },
  };
}
