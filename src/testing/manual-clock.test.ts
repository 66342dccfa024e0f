import { expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';

test('timers fire in the order of their instants, each at its own time', () => {
  const clock = new ManualClock(1_000);
  const fired: string[] = [];
  const note = (name: string) => () => fired.push(`${name}@${clock.now()}/${clock.monotonic()}`);
  clock.setTimer(20, note('b'));
  clock.setTimer(10, note('a'));
  clock.setTimer(20, note('c'));
  clock.setTimer(31, note('late'));
  clock.advance(30);
  expect(fired).toEqual(['a@1010/10', 'b@1020/20', 'c@1020/20']);
  expect(clock.now()).toBe(1_030);
  expect(clock.pending).toBe(1);
});

test('a timer set by a timer fires too when it falls within the span', () => {
  const clock = new ManualClock();
  const fired: number[] = [];
  const tick = () => {
    fired.push(clock.monotonic());
    clock.setTimer(10, tick);
  };
  clock.setTimer(10, tick);
  clock.advance(35);
  expect(fired).toEqual([10, 20, 30]);
});

test('a cancelled timer stays silent; cancelling twice is fine', () => {
  const clock = new ManualClock();
  let fired = false;
  const cancel = clock.setTimer(10, () => {
    fired = true;
  });
  cancel();
  cancel();
  clock.advance(100);
  expect(fired).toBe(false);
});

test('a jump moves the wall clock alone', () => {
  const clock = new ManualClock(0);
  let fired = false;
  clock.setTimer(10, () => {
    fired = true;
  });
  clock.jump(48 * 3_600_000);
  expect([clock.now(), clock.monotonic(), fired]).toEqual([48 * 3_600_000, 0, false]);
  clock.setWall(5);
  clock.advance(10);
  expect([clock.now(), clock.monotonic(), fired]).toEqual([15, 10, true]);
});
