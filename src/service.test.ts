import { describe, expect, test } from 'vitest';
import { aborted, type Service, startService } from './service.ts';

function serviceThat(run: Service['run']): Service {
  return { name: 'test', run };
}

describe('startService', () => {
  test('runs until it is stopped, and stop waits for its end', async () => {
    const story: string[] = [];
    const running = startService(
      serviceThat(async (signal) => {
        story.push('started');
        await aborted(signal);
        await Promise.resolve();
        story.push(`cleaned up: ${(signal.reason as Error).message}`);
      }),
      () => story.push('failed'),
    );
    await running.stop();
    await running.stop();
    expect(story).toEqual(['started', 'cleaned up: service test was stopped']);
  });

  test('a failure nobody asked for is heard of', async () => {
    const failure = new Error('broken');
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const running = startService(
      serviceThat(() => Promise.reject(failure)),
      resolve,
    );
    expect(await promise).toBe(failure);
    await running.stop();
  });

  test('what a service throws while being stopped is not a failure', async () => {
    const failures: unknown[] = [];
    const running = startService(
      serviceThat(async (signal) => {
        await aborted(signal);
        throw signal.reason;
      }),
      (error) => failures.push(error),
    );
    await running.stop();
    expect(failures).toEqual([]);
  });
});

test('aborted resolves at once for a signal that has aborted', async () => {
  await aborted(AbortSignal.abort());
});
