import { describe, expect, test } from 'vitest';
import { isOpen, mayBecome, messageStates, openStates, priorities, transitions } from './message.ts';

describe('the life of a message', () => {
  test('open states are those that hold a place in the inbox', () => {
    expect(messageStates.filter(isOpen).sort()).toEqual([...openStates].sort());
  });

  test('acked, expired and cancelled are the end', () => {
    for (const state of ['acked', 'expired', 'cancelled'] as const) {
      for (const next of messageStates) expect(mayBecome(state, next)).toBe(false);
    }
  });

  test('a dead letter comes back only as ready; a quarantined message is released or withdrawn', () => {
    expect(messageStates.filter((next) => mayBecome('dead', next))).toEqual(['ready']);
    expect(messageStates.filter((next) => mayBecome('quarantined', next))).toEqual(['ready', 'cancelled']);
  });

  test('only a leased message can be acked or die', () => {
    for (const end of ['acked', 'dead'] as const) {
      expect(messageStates.filter((state) => mayBecome(state, end))).toEqual(['leased']);
    }
  });

  test('every state is reachable from an accept, a recovery, or both', () => {
    const seen = new Set<string>(['scheduled', 'ready', 'quarantined']);
    for (const state of seen) for (const next of transitions[state as keyof typeof transitions]) seen.add(next);
    expect([...seen].sort()).toEqual([...messageStates].sort());
  });

  test('the most urgent priority sorts first', () => expect(priorities).toEqual(['urgent', 'high', 'normal', 'low']));
});
