import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../clock.ts';
import { processHostContract } from '../../../testing/contracts/process-host-contract.ts';
import { ChildHost } from './child-host.ts';

const waggle = [process.execPath, fileURLToPath(new URL('../../../../bin/waggle.js', import.meta.url))];

processHostContract(
  'child',
  (options) => new ChildHost({ ...options, waggle, clock: systemClock }),
  process.platform !== 'linux',
);
