import { expect, test } from 'vitest';
import { ChildStressLauncher } from '../../src/cli/commands/stress-launcher.ts';
import { systemClock } from '../../src/clock.ts';
import { startTempLab } from '../../src/testing/temp-lab.ts';

test('a run goes from its first sample to a verdict and a report; a second one is refused meanwhile', {
  timeout: 240_000,
}, async () => {
  await using lab = await startTempLab(new ChildStressLauncher(systemClock));
  expect(await lab.status()).toMatchObject({ state: 'idle', run: 0, samples: [] });
  await expect(lab.report()).rejects.toMatchObject({ code: 'not_found' });
  const begun = await lab.start({ preset: 'small', scenario: { agents: 2, messages: 5 } });
  expect(begun).toMatchObject({ state: 'running', run: 1, scenario: { name: 'small', agents: 2 } });
  await expect(lab.start({ preset: 'small' })).rejects.toMatchObject({ code: 'busy' });
  await expect.poll(async () => (await lab.status()).state, { timeout: 200_000 }).toBe('passed');
  const end = await lab.status();
  expect(end.result).toMatchObject({ sent: 10, lost: 0, verdict: 'passed' });
  expect(end.samples.length).toBeGreaterThan(0);
  expect((await lab.status(end.samples.length)).samples).toEqual([]);
  const { report, html } = await lab.report();
  expect(report).toMatchObject({ format: 'waggle-stress-1' });
  expect(html).toContain('<!doctype html>');

  await lab.start({ preset: 'soak' });
  expect(await lab.stop()).toMatchObject({ state: 'stopped', run: 2 });
  expect(await lab.stop()).toMatchObject({ state: 'stopped', run: 2 });
  // The verdict before it is still there.
  expect((await lab.report()).report).toMatchObject({ format: 'waggle-stress-1' });
});
