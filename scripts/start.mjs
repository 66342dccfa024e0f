// `npm start`: installs and builds what is missing, then shows Waggle's main job on a damaged queue.

import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, repoNode, root, run } from './repo.mjs';

process.exitCode = await main(process.argv.slice(2));

async function main(args) {
  if (!(await ensureInstalled()) || !(await ensureBuilt())) return 1;
  // The terminal sends Ctrl-C to the whole group: the example winds down and its exit code is ours.
  process.on('SIGINT', () => {});
  const { code } = await run(repoNode, [join(root, 'examples', 'main-job', 'main.ts'), ...args]);
  return code;
}
