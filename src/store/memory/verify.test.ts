import { expect, test } from 'vitest';
import { defaultBackoff } from '../../backoff.ts';
import { defaultLimits } from '../../message/limits.ts';
import { requestOf } from '../../testing/contracts/store-fixture.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { accept } from './accept.ts';
import { addAgent } from './agents.ts';
import { MemoryState } from './memory-state.ts';
import type { Life, Row } from './row.ts';
import { verify } from './verify.ts';

function stateWithOneMessage(): { state: MemoryState; row: Row } {
  const options = { clock: new ManualClock(), random: () => 0, limits: defaultLimits, backoff: defaultBackoff };
  const state = new MemoryState(options, 'abcdef12');
  addAgent(state, { id: 'ada', skills: [] });
  const [receipt] = accept(state, [requestOf()]);
  return { state, row: state.mustFind(receipt?.ids[0] ?? '') };
}

test('a sound store has no problems', () => {
  expect(verify(stateWithOneMessage().state)).toMatchObject({ checked: 1, problems: [] });
});

test('a message that vanished is missed (negative control of G9)', () => {
  const { state, row } = stateWithOneMessage();
  row.inbox.rows[0] = undefined;
  expect(verify(state).problems.map(({ what }) => what)).toEqual(['conservation', 'count']);
});

test.each<[string, Partial<Life>]>([
  ['leased without a lease', { state: 'leased' }],
  ['leased without a generation', { state: 'leased', leaseExpiresAt: 1 }],
  ['ready with a lease', { leaseExpiresAt: 1 }],
  ['acked but not settled', { state: 'acked' }],
  ['ready but settled', { settledAt: 1 }],
  ['9 attempts of 3', { attempt: 9 }],
])('a row that contradicts itself is found: %s', (detail, life) => {
  const { state, row } = stateWithOneMessage();
  row.life = { ...row.life, ...life };
  const contradictions = verify(state).problems.filter(({ what }) => what === 'contradiction');
  expect(contradictions).toEqual([{ what: 'contradiction', inbox: 'ada', detail: `message ${row.id}: ${detail}` }]);
});
