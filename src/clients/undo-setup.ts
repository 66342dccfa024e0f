import { agentsBlock } from './agents-block.ts';
import { requireUnchanged } from './apply-setup.ts';
import type { Client } from './client.ts';
import { hashOf, readProjectFile, removeFolderIfEmpty, textOf, writeProjectFile } from './project-file.ts';
import type { SettingsFile } from './settings-file.ts';
import { type JournalFile, readJournal, type SetupJournal, writeJournal } from './setup-journal.ts';
import { type FileChange, isChange } from './setup-plan.ts';

/**
 * What takes back everything `init` wrote, or only the files of some clients. A file nobody changed since gets its old
 * bytes; from one that was changed only Waggle's entries are taken, and the change stays.
 */
export function planUndo(
  directory: string,
  clients: readonly Client[],
  only: readonly string[] | undefined,
): FileChange[] {
  const { files } = readJournal(directory);
  return Object.entries(files)
    .filter(([, { owner }]) => isWanted(owner, files, only))
    .map(([realPath, file]) => {
      const { project, path, owner } = file;
      const before = readProjectFile(project, path).bytes;
      const settings = settingsFile(file, clients, directory);
      const stripped = (bytes: Buffer) => settings?.remove(textOf({ path: realPath, bytes }, path) ?? '');
      return { project, path, owner, realPath, before, after: restored(before, file, stripped) };
    });
}

/** Writes what `planUndo` found, forgets the steps and removes the folders `init` made where they are empty now. */
export function applyUndo(directory: string, changes: readonly FileChange[]): void {
  requireUnchanged(changes);
  for (const { realPath, after } of changes.filter(isChange)) writeProjectFile(realPath, after);
  const { files, folders } = readJournal(directory);
  const undone = new Set(changes.map(({ realPath }) => realPath));
  const left = Object.fromEntries(Object.entries(files).filter(([path]) => !undone.has(path)));
  const kept = folders.toReversed().filter((folder) => !removeFolderIfEmpty(folder));
  const isAll = Object.keys(left).length === 0;
  writeJournal(directory, { version: 1, files: left, folders: isAll ? [] : kept.toReversed() });
}

/** What every agent reads goes with the last client. */
function isWanted(owner: string, files: SetupJournal['files'], only: readonly string[] | undefined): boolean {
  if (only === undefined || only.includes(owner)) return true;
  if (owner !== 'all') return false;
  return Object.values(files).every((file) => file.owner === 'all' || only.includes(file.owner));
}

/** Step by step back to the bytes from before, while each step still finds what it wrote. */
function restored(
  current: Buffer | undefined,
  { steps }: JournalFile,
  stripped: (bytes: Buffer) => string | undefined,
): Buffer | undefined {
  let at = current;
  for (const { before, after } of steps.toReversed()) {
    const bytes = before === null ? undefined : Buffer.from(before, 'base64');
    const isBack = at === undefined ? bytes === undefined : bytes?.equals(at) === true;
    if (isBack) continue; // the step never happened, or was taken back by hand
    if (at === undefined) return undefined; // removed by somebody who wanted it gone
    if (hashOf(at) !== after) {
      const text = stripped(at);
      return text === undefined ? undefined : Buffer.from(text);
    }
    at = bytes;
  }
  return at;
}

function settingsFile(
  { path, owner }: JournalFile,
  clients: readonly Client[],
  directory: string,
): SettingsFile | undefined {
  // Which agent and which program stand there does not matter: entries of ours are known by their form.
  const command = { words: ['waggle'], agent: 'any', directory } as const;
  const files = owner === 'all' ? [agentsBlock] : clients.find(({ name }) => name === owner)?.files(command);
  return files?.find((file) => file.path === path);
}
