import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../durable-file.ts';
import { WaggleError } from '../errors.ts';

/** One time a file was written by `waggle init`. */
const step = z.object({
  /** Its bytes until then, base64; null where there was none. */
  before: z.string().nullable(),
  /** SHA-256 of what was written. */
  after: z.string(),
});

const journal = z.object({
  version: z.literal(1),
  /** By absolute path, links followed. */
  files: z.record(
    z.string(),
    z.object({ project: z.string(), path: z.string(), owner: z.string(), steps: z.array(step) }),
  ),
  /** Folders that were made, outermost first. */
  folders: z.array(z.string()),
});

export type SetupJournal = z.infer<typeof journal>;
export type JournalFile = SetupJournal['files'][string];

/** What `init` wrote and what was there before it: all that `--undo` needs. Kept in the swarm directory. */
export function journalPath(directory: string): string {
  return join(directory, 'init.json');
}

/** An empty journal where nothing was ever written. Throws `unreadable_file` for one that is damaged. */
export function readJournal(directory: string): SetupJournal {
  const file = journalPath(directory);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return { version: 1, files: {}, folders: [] };
    throw error;
  }
  try {
    return journal.parse(JSON.parse(text));
  } catch (cause) {
    throw new WaggleError(
      'unreadable_file',
      `${file}: the record of what waggle init wrote is damaged; nothing was written. Take Waggle's entries out by hand and delete it`,
      { details: { file }, cause },
    );
  }
}

/** Durable and atomic, 0600: what was there before may hold other people's secrets. An empty journal leaves no file. */
export function writeJournal(directory: string, content: SetupJournal): void {
  if (Object.keys(content.files).length === 0 && content.folders.length === 0)
    rmSync(journalPath(directory), { force: true });
  else writeDurably(journalPath(directory), `${JSON.stringify(content)}\n`);
}
