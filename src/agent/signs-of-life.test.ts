import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { SignsOfLife } from './signs-of-life.ts';

function arrange(write: (agent: string) => Promise<unknown> = async () => {}) {
  const clock = new ManualClock();
  const written: string[] = [];
  const failures: unknown[] = [];
  const signs = new SignsOfLife({
    clock,
    write: (agent) => {
      written.push(agent);
      return write(agent);
    },
    onFailure: (error) => failures.push(error),
  });
  return { clock, signs, written, failures };
}

test('a call is a sign of the moment it came; one that waits is one all the while', () => {
  const { clock, signs } = arrange();
  expect(signs.of('ada')).toEqual([]);
  const at = clock.now();
  signs.begin('ada', false)();
  clock.advance(5_000);
  expect(signs.of('ada')).toEqual([{ kind: 'call', tells: 'life', at }]);
  const answered = signs.begin('ada', true);
  clock.advance(300_000);
  expect(signs.of('ada')[0]).toEqual({ kind: 'waiting', tells: 'life', at: clock.now() });
  answered();
  clock.advance(1_000);
  expect(signs.of('ada')).toEqual([{ kind: 'call', tells: 'life', at: clock.now() - 1_000 }]);
});

test('is written down once a minute an agent, also after the clock was set back', () => {
  const { clock, signs, written } = arrange();
  for (let n = 0; n < 100; n += 1) signs.begin('ada', false)();
  signs.begin('bob', false)();
  expect(written).toEqual(['ada', 'bob']);
  clock.advance(60_000);
  signs.begin('ada', false)();
  clock.jump(-3_600_000);
  signs.begin('ada', false)();
  expect(written).toEqual(['ada', 'bob', 'ada', 'ada']);
});

test('a write that fails is told and costs the caller nothing', async () => {
  const { signs, failures } = arrange(() => Promise.reject(new Error('gone')));
  signs.begin('ada', false)();
  await expect.poll(() => failures).toHaveLength(1);
});
