import { spawnSync } from 'node:child_process';

/** Whether system calls can be traced here: strace is installed and the sandbox lets it attach. */
export const hasStrace = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0;
