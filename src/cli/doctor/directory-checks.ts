import { stat, statfs } from 'node:fs/promises';
import { filesystemOf } from '../../hub/swarm-directory.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** Whose it is and who else may look in: the messages and the operator's token are inside. */
export async function checkDirectory(path: string, uid: number | undefined): Promise<Check> {
  const found = await stat(path);
  if (uid !== undefined && found.uid !== uid) {
    return fail(
      'directory',
      `${path} belongs to user ${found.uid}, you are ${uid}`,
      'use a directory of your own with --dir',
    );
  }
  const mode = found.mode & 0o777;
  if ((mode & 0o022) !== 0) {
    return fail('directory', `${path} may be written by others (${octal(mode)})`, `chmod 700 ${path}`);
  }
  if ((mode & 0o077) !== 0)
    return warn('directory', `${path} may be read by others (${octal(mode)})`, `chmod 700 ${path}`);
  return ok('directory', `${path}, yours alone (${octal(mode)})`);
}

/** The key to the hub. Missing is fine before the first start; readable by others never is. */
export async function checkToken(path: string): Promise<Check> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return ok('token', 'none yet; the first start of a hub makes it');
  const mode = found.mode & 0o777;
  if ((mode & 0o077) !== 0) return fail('token', `${path} may be used by others (${octal(mode)})`, `chmod 600 ${path}`);
  return ok('token', `${path} (${octal(mode)})`);
}

/** `statfs` types of Linux (statfs(2)) that do not keep what they were given, or not surely. */
const uncertain: Readonly<Record<number, string>> = {
  [0x01021994]: 'tmpfs',
  [0x794c7630]: 'overlay',
  [0x01021997]: '9p',
  [0x00c36400]: 'ceph',
  [0x65735546]: 'fuse',
};

export async function checkFilesystem(path: string): Promise<Check> {
  return judgeFilesystem((await statfs(path)).type, filesystemOf(path).network);
}

/** `network` is what the hub itself would refuse to start on. */
export function judgeFilesystem(type: number, network: string | undefined): Check {
  if (network !== undefined) {
    return fail(
      'filesystem',
      `${network} is a network filesystem: locks and syncs do not hold there`,
      'move it to a local disk',
    );
  }
  const name = uncertain[type];
  if (name === undefined) return ok('filesystem', `local (type 0x${type.toString(16)})`);
  return warn(
    'filesystem',
    `${name} may not survive a restart of the machine or container`,
    'keep it on a disk or volume',
  );
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
