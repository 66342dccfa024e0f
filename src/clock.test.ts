import { describe, expect, test } from 'vitest';
import { sleep, steadyTimeline, systemClock } from './clock.ts';
import { ManualClock } from './testing/manual-clock.ts';

describe('steadyTimeline', () => {
  test('starts at the wall clock and moves with time', () => {
    const clock = new ManualClock(1_000);
    clock.advance(500);
    const now = steadyTimeline(clock);
    expect(now()).toBe(1_500);
    clock.advance(250);
    expect(now()).toBe(1_750);
  });

  test('does not notice a jump of the wall clock', () => {
    const clock = new ManualClock(1_000);
    const now = steadyTimeline(clock);
    clock.jump(-48 * 3_600_000);
    expect(now()).toBe(1_000);
    clock.advance(10);
    expect(now()).toBe(1_010);
  });

  test('answers whole milliseconds', () => {
    let monotonic = 0.4;
    const now = steadyTimeline({ now: () => 100, monotonic: () => monotonic, setTimer: () => () => undefined });
    monotonic = 2.3;
    expect(now()).toBe(101);
  });
});

describe('sleep', () => {
  test('ends when its time has come, and leaves nothing behind', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const slept = sleep(clock, 100, controller.signal);
    clock.advance(99);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await slept;
    expect(clock.pending).toBe(0);
    controller.abort();
  });

  test('is cut short by its signal, with the signal’s reason', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const slept = sleep(clock, 100, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(slept).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
  });

  test('does not begin under a signal that has aborted', async () => {
    const clock = new ManualClock();
    const reason = new Error('too late');
    await expect(sleep(clock, 100, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
  });
});

describe('systemClock', () => {
  test('reads both times', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
    const before = systemClock.monotonic();
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
  });

  test('fires a timer, and a negative delay at once', async () => {
    await new Promise<void>((resolve) => systemClock.setTimer(-5, resolve));
  });

  test('does not fire a timer at once that is further away than a timeout can be', async () => {
    let fired = false;
    const cancel = systemClock.setTimer(2 ** 40, () => {
      fired = true;
    });
    await new Promise<void>((resolve) => systemClock.setTimer(2, resolve));
    cancel();
    cancel();
    expect(fired).toBe(false);
  });
});
