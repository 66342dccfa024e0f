import { isDeepStrictEqual } from 'node:util';
import { WaggleError } from '../errors.ts';
import { JsoncDocument } from './jsonc-document.ts';
import type { SettingsFile } from './settings-file.ts';

/** The name of our server in every client's table of MCP servers. */
export const mcpServerName = 'waggle';

/** Our entry in a client's JSON table of MCP servers. `table` is where the client keeps it. */
export function mcpEntry(path: string, table: string, entry: Readonly<Record<string, unknown>>): SettingsFile {
  const place = [table, mcpServerName];
  return {
    path,
    install(text) {
      const document = new JsoncDocument(text ?? '', path);
      const present = document.objectAt([table])[mcpServerName];
      if (isDeepStrictEqual(present, entry)) return document.text;
      if (present !== undefined && !isOurServer(present)) throw foreignServer(path, `${table}.${mcpServerName}`);
      return document.with({ path: place, value: entry }).text;
    },
    remove(text) {
      const document = new JsoncDocument(text, path);
      if (!isOurServer(document.objectAt([table])[mcpServerName])) return text;
      const isLast = Object.keys(document.objectAt([table])).length === 1;
      const rest = document.with({ path: isLast ? [table] : place, value: undefined });
      return Object.keys(rest.objectAt([])).length === 0 ? undefined : rest.text;
    },
  };
}

/** Whether an entry starts `waggle mcp`, whatever the path and the agent: those are what a newer `init` replaces. */
export function isOurServer(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const { command, args } = entry as { command?: unknown; args?: unknown }; // each is checked where it is used
  const words = [command, args].flat().filter((word) => typeof word === 'string');
  return words.includes('mcp') && words.includes('--agent') && words.some((word) => /(^|\/)waggle(\.js)?$/.test(word));
}

export function foreignServer(file: string, place: string): WaggleError {
  return new WaggleError(
    'already_exists',
    `${file}: ${place} is a server that waggle init did not write; rename it or take it out, nothing was written`,
    { details: { file, field: place } },
  );
}
