import { type Check, fail, ok } from './check.ts';

/** The first version whose `node:sqlite` carries the SQLite we need. */
const needed = { major: 22, minor: 23 };

export function checkRuntime(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > needed.major || (major === needed.major && minor >= needed.minor);
  return isEnough
    ? ok('node', `Node ${version}`)
    : fail('node', `Node ${version} is too old: ${needed.major}.${needed.minor} or newer is needed`, 'install Node 24');
}
