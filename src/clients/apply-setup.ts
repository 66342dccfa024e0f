import { WaggleError } from '../errors.ts';
import { hashOf, readProjectFile, removeFolderIfEmpty, writeProjectFile } from './project-file.ts';
import { readJournal, type SetupJournal, writeJournal } from './setup-journal.ts';
import { type FileChange, isChange } from './setup-plan.ts';

/**
 * Writes the changes, all or none. What was there goes into the journal before the first file is touched, so that a
 * crash anywhere leaves a state that `--undo` takes back. Files that need no change add no step. Throws
 * `version_conflict` when a file was changed since it was planned.
 */
export function applySetup(directory: string, changes: readonly FileChange[]): void {
  const due = changes.filter(isChange);
  if (due.length === 0) return;
  requireUnchanged(due);
  const before = readJournal(directory);
  const journal = due.reduce(withStep, before);
  writeJournal(directory, journal);
  const folders: string[] = [];
  const written: FileChange[] = [];
  try {
    for (const change of due) {
      written.push(change);
      folders.push(...writeProjectFile(change.realPath, change.after));
    }
  } catch (error) {
    for (const { realPath, before: bytes } of written) writeProjectFile(realPath, bytes);
    for (const folder of folders.toReversed()) removeFolderIfEmpty(folder);
    writeJournal(directory, before);
    throw error;
  }
  if (folders.length > 0) writeJournal(directory, { ...journal, folders: [...journal.folders, ...folders] });
}

/** Between the look and the write somebody may have been asked a question and edited meanwhile. */
export function requireUnchanged(changes: readonly FileChange[]): void {
  for (const { project, path, before } of changes) {
    const { bytes } = readProjectFile(project, path);
    if (bytes === undefined ? before === undefined : before?.equals(bytes) === true) continue;
    throw new WaggleError('version_conflict', `${path}: was changed meanwhile; nothing was written, run it again`, {
      details: { file: path },
    });
  }
}

function withStep(journal: SetupJournal, { project, path, owner, realPath, before, after }: FileChange): SetupJournal {
  if (after === undefined) return journal;
  const steps = journal.files[realPath]?.steps ?? [];
  const was = before?.toString('base64') ?? null;
  // A step with the same beginning never happened, or was taken back by hand: this one stands for it.
  const kept = steps.filter((step) => step.before !== was);
  const file = { project, path, owner, steps: [...kept, { before: was, after: hashOf(after) }] };
  return { ...journal, files: { ...journal.files, [realPath]: file } };
}
