import { expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { operator } from '../../hub/operation.ts';
import { startTempHub } from '../../testing/temp-hub.ts';
import { startTempLab } from '../../testing/temp-lab.ts';
import { ChildStressLauncher } from './stress-launcher.ts';

test('a scenario the lab would refuse is refused with its field, before anything starts', async () => {
  await using lab = await startTempLab(new ChildStressLauncher(systemClock));
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
