import { expect, test } from 'vitest';
import { chooseDoor } from './choose-door.ts';
import type { Availability } from './delivery-door.ts';
import { type DoorName, doorNames } from './receipt.ts';
import { ladder, mostUrgent } from './urgency.ts';

const open: Availability = { open: true };
const closed = (reason: string): Availability => ({ open: false, reason });
const doors = (given: Partial<Record<DoorName, Availability>>) =>
  new Map(Object.entries(given) as [DoorName, Availability][]); // the keys above

test('the first open door is taken, and those before it say why not', () => {
  const found = doors({ hooks: closed('idle'), exec: open, tmux: open, pull: open });
  expect(chooseDoor('next-turn', found)).toEqual({ door: 'exec', passed: [{ door: 'hooks', reason: 'idle' }] });
});

test('mail that is in no hurry starts no turn, whatever is open', () => {
  const everything = doors(Object.fromEntries(doorNames.map((name) => [name, open])));
  expect(chooseDoor('append', everything).door).toBe('webhook');
  expect(chooseDoor('append', doors({ exec: open, tmux: open, hooks: open })).door).toBe('pull');
});

test('with every door closed, or none there, the mail waits', () => {
  expect(chooseDoor('interrupt', doors({ tmux: closed('copy mode') }))).toEqual({
    door: 'pull',
    passed: [{ door: 'tmux', reason: 'copy mode' }],
  });
  expect(chooseDoor('next-turn', new Map())).toEqual({ door: 'pull', passed: [] });
});

test('typing comes after every native door, and each list ends with the inbox', () => {
  for (const rungs of Object.values(ladder)) expect(rungs.at(-1)).toBe('pull');
  for (const native of ['hooks', 'codex-app-server', 'codex-queue', 'exec'] as const)
    expect(ladder['next-turn'].indexOf(native)).toBeLessThan(ladder['next-turn'].indexOf('tmux'));
});

test('the most urgent message decides for all that are told with it', () => {
  expect(mostUrgent(['low', 'normal', 'urgent'])).toBe('interrupt');
  expect(mostUrgent(['low', 'high'])).toBe('next-turn');
  expect(mostUrgent(['low'])).toBe('append');
  expect(mostUrgent([])).toBe('append');
});
