import type { SettingsFile } from './settings-file.ts';

/** The programs coding agents run in that Waggle sets up, as `--client` names them. */
export const clientNames = ['claude', 'codex', 'gemini', 'cursor', 'copilot', 'opencode'] as const;
export type ClientName = (typeof clientNames)[number];

/** How to run Waggle from a client's settings. */
export interface WaggleCommand {
  /** Program and first arguments, absolute: hooks run without rc files, so nothing may hang on PATH. */
  readonly words: readonly [string, ...string[]];
  readonly agent: string;
  /** The swarm directory, absolute: a client may run from any folder. */
  readonly directory: string;
}

/** One program: where it keeps its settings and what of ours goes in there. */
export interface Client {
  readonly name: ClientName;
  readonly title: string;
  /** Its executables, as PATH knows them. */
  readonly programs: readonly string[];
  /** Folders or files of a project that say it is used there. */
  readonly traces: readonly string[];
  /** What the user must still allow, in one sentence. */
  readonly trust: string;
  files(command: WaggleCommand): readonly SettingsFile[];
}

/** The words of `waggle mcp` for this agent; they say in which client it runs, for who registers it first may be the server. */
export function mcpWords(
  client: ClientName,
  { words, agent, directory }: WaggleCommand,
): readonly [string, ...string[]] {
  return [...words, 'mcp', '--agent', agent, '--client', client, '--dir', directory];
}

/** The shell command of one hook; `exec`, so that the hook's parent is the client itself and its end can be seen. */
export function hookCommand(client: ClientName, event: string, { words, agent, directory }: WaggleCommand): string {
  const all = [...words.map(quoted), 'hook', client, event, '--agent', agent, '--dir', quoted(directory)];
  return `exec ${all.join(' ')}`;
}

/** A word as a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_/.:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
