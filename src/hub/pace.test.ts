import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { Pace } from './pace.ts';

test('everybody who waits is let go at one stroke, and the next wait is for the next one', async () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  const told: string[] = [];
  const wait = (name: string) => pace.wait().then(() => told.push(name));
  const first = [wait('a'), wait('b')];
  clock.advance(99);
  await Promise.resolve();
  expect(told).toEqual([]);
  clock.advance(1);
  await Promise.all(first);
  expect(told).toEqual(['a', 'b']);
  const second = wait('c');
  clock.advance(100);
  await second;
  expect(told).toEqual(['a', 'b', 'c']);
});
