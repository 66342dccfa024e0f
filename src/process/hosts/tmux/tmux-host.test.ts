import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../clock.ts';
import { processHostContract } from '../../../testing/contracts/process-host-contract.ts';
import { TmuxHost } from './tmux-host.ts';
import { versionObstacle } from './tmux-server.ts';

const waggle = [process.execPath, fileURLToPath(new URL('../../../../bin/waggle.js', import.meta.url))];
const tmux = spawnSync('tmux', ['-V'], { encoding: 'utf8' });
const obstacle = versionObstacle(tmux.status === 0 ? tmux.stdout : undefined);

processHostContract(
  obstacle === undefined ? 'tmux' : `tmux (skipped: ${obstacle})`,
  ({ agents, ...options }) =>
    new TmuxHost({ ...options, agents, socket: join(agents, '..', 'tmux.sock'), waggle, clock: systemClock }),
  obstacle !== undefined || process.platform !== 'linux',
);
