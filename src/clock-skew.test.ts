import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { skewedClock } from './clock-skew.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { tempFolder } from './testing/temp-hub.ts';

test('the wall clock jumps by what the file says, at once and both ways; steady time does not', () => {
  using folder = tempFolder();
  const file = join(folder.path, 'skew');
  const real = new ManualClock();
  const clock = skewedClock(real, file);
  expect(clock.now()).toBe(real.now());
  for (const skew of [172_800_000, -3_600_000]) {
    writeFileSync(file, String(skew));
    expect(clock.now() - real.now()).toBe(skew);
    expect(clock.monotonic()).toBe(real.monotonic());
  }
  writeFileSync(file, 'later');
  expect(clock.now()).toBe(real.now());
});

test('timers are those of the clock beneath', () => {
  const real = new ManualClock();
  const rang = vi.fn<() => void>();
  skewedClock(real, '/nowhere').setTimer(10, rang);
  real.advance(10);
  expect(rang).toHaveBeenCalledOnce();
});
