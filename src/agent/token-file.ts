import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { WaggleError } from '../errors.ts';
import { randomHex } from '../ids.ts';

/** Where an agent's token lies, below the folder of the swarm's agents (`.waggle/agents`). */
export function tokenFile(folder: string, agent: string): string {
  return join(folder, agent, 'token');
}

/**
 * Writes the token so that only its owner can read it and no reader sees half of it: a file nobody had before
 * (`O_EXCL`, never through a link), synced, then put in place. Returns its path.
 */
export function writeTokenFile(folder: string, agent: string, text: string): string {
  const file = tokenFile(folder, agent);
  for (const path of [folder, dirname(file)]) requirePrivateFolder(path);
  const draft = `${file}.${randomHex(8)}.draft`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = openSync(draft, flags, 0o600);
  try {
    writeSync(handle, `${text}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
  return file;
}

/** Nothing happens where there is none. */
export function removeTokenFile(folder: string, agent: string): void {
  rmSync(tokenFile(folder, agent), { force: true });
}

/** A link or a stranger's folder in this place would carry the token out of the swarm's directory. */
function requirePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stats = lstatSync(path);
  const isOurs = stats.isDirectory() && (process.getuid === undefined || stats.uid === process.getuid());
  if (isOurs && (stats.mode & 0o077) === 0) return;
  throw new WaggleError(
    'directory_refused',
    `${path} is not a folder that only you can read (chmod 700, no link); the token was not written`,
    { details: { path } },
  );
}
