import { expect, test } from 'vitest';
import type { Look } from './access.ts';
import { meetsSending, namesOf, recipientsOf } from './sending-access.ts';

/** A swarm of three in which bob's token is a lead's; whatever else is looked at fails the test. */
const look = {
  caller: { role: 'agent', agent: 'ada' },
  agents: async () => ['ada', 'bob', 'cyd'].map((id) => ({ id, skills: [] })),
  token: (agent: string) => (agent === 'bob' ? { role: 'lead' } : undefined),
} as unknown as Look;

test('a send touches whom it reaches: one agent, or each in the group now, but not its sender', async () => {
  expect(await recipientsOf({ to: 'bob' }, look)).toEqual(['bob']);
  expect(await recipientsOf({ to: 'all' }, look)).toEqual(['bob', 'cyd']);
});

test.each([undefined, null, 'bob', 3, {}, { to: 3 }, { to: ['bob'] }])(
  '%j is no send, touches its caller alone and names nobody',
  async (draft) => {
    expect(await recipientsOf(draft, look)).toEqual(['ada']);
    expect(namesOf(draft)).toEqual([]);
    expect(meetsSending('notices', draft, undefined, look)).toBe(false);
  },
);

test('who may send notices only, or to leads only, is held to it', () => {
  expect(namesOf({ to: 'bob', from: 'cyd' })).toEqual(['cyd']);
  expect(meetsSending('notices', { kind: 'notice' }, 'bob', look)).toBe(true);
  expect(meetsSending('notices', { kind: 'text' }, 'bob', look)).toBe(false);
  expect(meetsSending('leads', {}, 'bob', look)).toBe(true);
  expect(meetsSending('leads', {}, 'cyd', look)).toBe(false);
  expect(meetsSending('leads', {}, undefined, look)).toBe(false);
  expect(meetsSending('metadata', {}, 'bob', look)).toBe(false);
});
