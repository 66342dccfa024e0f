// `npm start`: installs and builds what is missing, shows Waggle's main job on a damaged queue, then a swarm to look at until
// Ctrl-C. `npm start -- --no-demo` ends after the main job.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, repoNode, root, run } from './repo.mjs';

process.exitCode = await main(process.argv.slice(2));

async function main(args) {
  if (!(await ensureInstalled()) || !(await ensureBuilt())) return 1;
  // The terminal sends Ctrl-C to the whole group: the example winds down and its exit code is ours.
  process.on('SIGINT', () => {});
  const rest = args.filter((arg) => arg !== '--no-demo');
  const { code } = await run(repoNode, [join(root, 'examples', 'main-job', 'main.ts'), ...rest]);
  return code !== 0 || rest.length < args.length ? code : demo();
}

/** Ends with this process: a signal that is not the terminal's is passed on. */
function demo() {
  process.stdout.write('\n  Now a swarm to look at: open the address beside "dashboard". Ctrl-C ends it.\n\n');
  const child = spawn(repoNode, [join(root, 'bin', 'waggle.js'), 'up', '--demo'], { stdio: 'inherit', cwd: root });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
  });
}
