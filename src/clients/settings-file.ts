/**
 * A file of a coding agent's program that `waggle init` writes into, as two pure decisions over its text. Both keep
 * whatever is not Waggle's: comments, order, foreign entries, line ends.
 */
export interface SettingsFile {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  /**
   * The text with Waggle's entries in it, `undefined` being a file that is not there. The same text again when they are
   * there already. Throws `unreadable_file` for a text it cannot parse, `already_exists` where a foreign entry has the
   * name of ours.
   */
  install(text: string | undefined): string;
  /** The text without them; undefined when nothing is left that anybody would miss. Throws as `install`. */
  remove(text: string): string | undefined;
}

/** Several edits of one file, in order. */
export function combined(path: string, [first, ...rest]: readonly [SettingsFile, ...SettingsFile[]]): SettingsFile {
  return {
    path,
    install: (text) => rest.reduce((at, edit) => edit.install(at), first.install(text)),
    remove: (text) =>
      rest.reduce<string | undefined>((at, edit) => (at === undefined ? at : edit.remove(at)), first.remove(text)),
  };
}
