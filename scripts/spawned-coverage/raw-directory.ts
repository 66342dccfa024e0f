import { fileURLToPath } from 'node:url';

/** Where spawned processes leave V8's raw coverage: `NODE_V8_COVERAGE`. Emptied when a run starts. */
export const rawDirectory = fileURLToPath(new URL('../../.coverage-raw', import.meta.url));
