import { expect, test } from 'vitest';
import type { Clock } from '../../clock.ts';
import { collectOutput } from '../../testing/cli-context.ts';
import { createProgress } from './progress.ts';

function clockAt(time: { ms: number }): Clock {
  return { now: () => time.ms, monotonic: () => time.ms, setTimer: () => () => {} };
}

test('draws at most every 80 ms, after a quiet beginning, and leaves nothing behind', () => {
  const { output, stderr, stdout } = collectOutput({ terminal: true });
  const time = { ms: 0 };
  const progress = createProgress('queue\u001b.json', output, clockAt(time));
  progress.update(0.1);
  expect(stderr()).toBe('');
  time.ms = 400;
  progress.update(0.5);
  time.ms = 420;
  progress.update(0.6);
  expect(stderr()).toBe(`\r${'━'.repeat(24)}  50 % queue.json\u001b[K`);
  progress.end();
  progress.end();
  expect(stderr().endsWith('\u001b[K\r\u001b[K')).toBe(true);
  expect(stdout()).toBe('');
});

test('a short job shows nothing at all, and neither does a pipe', () => {
  const quick = collectOutput({ terminal: true });
  createProgress('x', quick.output, clockAt({ ms: 0 })).end();
  expect(quick.stderr()).toBe('');
  const piped = collectOutput();
  const time = { ms: 0 };
  const progress = createProgress('x', piped.output, clockAt(time));
  time.ms = 9_000;
  progress.update(0.5);
  progress.end();
  expect(piped.stderr()).toBe('');
});
