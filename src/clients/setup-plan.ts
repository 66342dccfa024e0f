import { agentsBlock } from './agents-block.ts';
import type { Client, WaggleCommand } from './client.ts';
import { readProjectFile, textOf } from './project-file.ts';
import type { SettingsFile } from './settings-file.ts';

/** One file as it is and as it shall be. Equal bytes: nothing to do. */
export interface FileChange {
  readonly project: string;
  /** Relative to the project. */
  readonly path: string;
  /** Whose it is: a client's name, or `all` for what every agent reads. */
  readonly owner: string;
  /** Absolute, links followed. */
  readonly realPath: string;
  readonly before: Buffer | undefined;
  readonly after: Buffer | undefined;
}

/** What setting up one client for one agent takes. */
export interface Setup {
  readonly client: Client;
  readonly command: WaggleCommand;
}

/** Every change of a set-up, computed before the first byte is written: what cannot be parsed refuses the whole. */
export function planSetup(project: string, setups: readonly Setup[]): FileChange[] {
  const files = setups.flatMap(({ client, command }) =>
    client.files(command).map((file) => ({ file, owner: client.name })),
  );
  return [...files, { file: agentsBlock, owner: 'all' }].map(({ file, owner }) => planned(project, file, owner));
}

export function isChange({ before, after }: FileChange): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return !before.equals(after);
}

function planned(project: string, file: SettingsFile, owner: string): FileChange {
  const current = readProjectFile(project, file.path);
  const after = Buffer.from(file.install(textOf(current, file.path)));
  return { project, path: file.path, owner, realPath: current.path, before: current.bytes, after };
}
