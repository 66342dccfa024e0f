import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { operator } from '../../hub/operation.ts';
import { startTempHub } from '../../testing/temp-hub.ts';
import { ChildStressLauncher } from './stress-launcher.ts';

/** A hub whose page can run the lab; `bin/waggle.js` is what runs. */
async function withLab() {
  const hub = await startTempHub({ stress: new ChildStressLauncher(systemClock) });
  const call = hub.hub.call.bind(hub.hub);
  return {
    hub,
    start: (input: object) => call('stress.start', input, { caller: operator }),
    status: (from?: number) => call('stress.status', from === undefined ? {} : { from }, { caller: operator }),
    stop: () => call('stress.stop', {}, { caller: operator }),
    report: () => call('stress.report', {}, { caller: operator }),
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

test.runIf(existsSync(new URL('../../../dist/cli/main.js', import.meta.url)))(
  'a run goes from its first sample to a verdict and a report; a second one is refused meanwhile',
  { timeout: 240_000 },
  async () => {
    await using lab = await withLab();
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
  },
);

test('a scenario the lab would refuse is refused with its field, before anything starts', async () => {
  await using lab = await withLab();
  await expect(lab.start({ preset: 'huge' })).rejects.toMatchObject({
    code: 'invalid_input',
    details: { field: 'preset' },
  });
  await expect(lab.start({ scenario: { agents: 0 } })).rejects.toThrow(/agents/);
  await expect(lab.start({ scenario: { unheard: 1 } })).rejects.toThrow(/unheard/);
  await expect(lab.start({ scenario: { store: 'memory', faults: ['torn'] } })).rejects.toThrow(/store on disk/);
  expect(await lab.status()).toMatchObject({ state: 'idle' });
});

test('a hub that was given no lab says what to do instead', async () => {
  await using hub = await startTempHub();
  await expect(hub.hub.call('stress.status', {}, { caller: operator })).rejects.toMatchObject({
    code: 'not_supported',
  });
});
