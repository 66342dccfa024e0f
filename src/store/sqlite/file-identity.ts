import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { WaggleError } from '../../errors.ts';
import type { StoreIdentity } from './migrate.ts';
import { checkPages, type Problem } from './verify.ts';

/** Which file is to be opened, and whose it must be when that is known. */
interface Expected {
  readonly file: string;
  readonly expectSwarmId?: string;
}

export function requireExpected({ file, expectSwarmId }: Expected): void {
  if (expectSwarmId === undefined) return;
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > 0) return;
  throw new WaggleError(
    'store_missing',
    `store ${file} is missing or empty, but this swarm has had one; restore a backup, or move the directory away to start anew`,
    { details: { file, size } },
  );
}

export function requireOwn(identity: StoreIdentity, { file, expectSwarmId }: Expected): void {
  if (expectSwarmId === undefined || expectSwarmId === identity.swarmId) return;
  throw new WaggleError(
    'store_missing',
    `store ${file} belongs to another swarm; it was replaced. Put the right file back`,
    {
      details: { file, expected: expectSwarmId, found: identity.swarmId },
    },
  );
}

export function requireSound(db: DatabaseSync, file: string): void {
  const problems: Problem[] = checkPages(db);
  const [first] = problems;
  if (first === undefined) return;
  throw new WaggleError(
    'store_corrupt',
    `store ${file} is damaged (${first.detail}); nothing was changed. Restore a backup`,
    {
      details: { file, problems },
    },
  );
}

export function inodeOf(file: string): number | undefined {
  return file === ':memory:' ? undefined : statSync(file, { throwIfNoEntry: false })?.ino;
}
