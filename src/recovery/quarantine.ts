import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import { failpoint } from '../failpoint.ts';
import { randomHex } from '../ids.ts';

/**
 * Keeps a verified copy of `bytes` in `directory` and returns its path: `20261123T235959.123Z-<sha256>.json`, mode 0600.
 * The same bytes are kept once, however often they come (no backup storm). When it returns, the copy survives a power
 * cut. Nothing in Waggle but the operator's purge removes a copy.
 */
export async function quarantineCopy(
  bytes: Uint8Array,
  sha256: string,
  { directory, clock }: { readonly directory: string; readonly clock: Clock },
): Promise<string> {
  await makeFolderDurably(directory).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const advice = 'nothing was read; name a swarm directory you can write with --dir';
    throw new WaggleError('store_read_only', `quarantine ${directory} cannot be made (${reason}); ${advice}`, {
      details: { directory },
      cause,
    });
  });
  const known = await findCopy(directory, sha256);
  if (known !== undefined) return known;
  const temporary = join(directory, `.${sha256}.${randomHex(8)}.tmp`);
  const name = `${stamp(clock.now())}-${sha256}.json`;
  const path = join(directory, name);
  await writeSynced(temporary, bytes);
  await rename(temporary, path);
  failpoint('recovery.quarantine.renamed');
  await syncDirectory(directory);
  if ((await hashFile(path)) !== sha256) {
    throw new WaggleError('store_failed', `quarantine copy ${path} reads back differently; the disk may be failing`, {
      details: { path, sha256 },
    });
  }
  return firstCopy(directory, sha256, name);
}

/** A new folder is in its parent for good only once that was synced; without it a power cut takes the copy along. */
async function makeFolderDurably(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    failpoint('recovery.quarantine.written');
    await file.sync();
    failpoint('recovery.quarantine.synced');
  } catch (error) {
    await unlink(path).catch(() => undefined); // Half a copy helps nobody; the error below says what happened.
    throw error;
  } finally {
    await file.close();
  }
}

/** A copy counts only if it still hashes to its name; a rotten one is left where it is and written anew. */
async function findCopy(directory: string, sha256: string): Promise<string | undefined> {
  for (const name of await copyNames(directory, sha256)) {
    const path = join(directory, name);
    if ((await hashFile(path)) === sha256) {
      await syncDirectory(directory);
      return path;
    }
  }
  return undefined;
}

/** Two recoveries of the same file at the same moment leave two copies; the later name gives way. */
async function firstCopy(directory: string, sha256: string, ours: string): Promise<string> {
  const [first = ours] = await copyNames(directory, sha256);
  if (first >= ours || (await hashFile(join(directory, first))) !== sha256) return join(directory, ours);
  await unlink(join(directory, ours));
  return join(directory, first);
}

async function copyNames(directory: string, sha256: string): Promise<string[]> {
  const names = await readdir(directory);
  return names.filter((name) => name.endsWith(`-${sha256}.json`)).sort();
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(1 << 20);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `20261123T235959.123Z` */
function stamp(now: number): string {
  return new Date(now).toISOString().replace(/[-:]/g, '');
}
