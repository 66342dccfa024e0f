import { isDeepStrictEqual } from 'node:util';
import { parse, TomlError } from 'smol-toml';
import { WaggleError } from '../errors.ts';
import { putBlock, takeBlock } from './marked-block.ts';
import { foreignServer, mcpServerName } from './mcp-entry.ts';
import type { SettingsFile } from './settings-file.ts';

const marks = {
  begin: '# >>> waggle: written by `waggle init`, taken out by `waggle init --undo`',
  end: '# <<< waggle',
};

type Table = Record<string, unknown>;

/**
 * Our MCP server in a TOML file. No TOML library writes a file back with its comments, so ours stands in a marked block
 * at the end and the result is parsed: it must say what the file said before, and our entry, and nothing else.
 */
export function tomlServer(
  path: string,
  entry: Readonly<Record<string, string | number | readonly string[]>>,
): SettingsFile {
  const body = [
    `[mcp_servers.${mcpServerName}]`,
    ...Object.entries(entry).map(([key, value]) => `${key} = ${tomlValue(value)}`),
  ].join('\n');
  return {
    path,
    install(text = '') {
      const others = withoutServer(readToml(takeBlock(text, marks, path) ?? '', path), path);
      const result = putBlock(text, body, marks, path);
      const expected = { ...others, mcp_servers: { ...tableOf(others['mcp_servers']), [mcpServerName]: entry } };
      requireSame(readToml(result, path), expected, path);
      return result;
    },
    remove(text) {
      const before = readToml(text, path);
      const result = takeBlock(text, marks, path);
      if (result === undefined || result === text) return result;
      const servers = Object.entries(tableOf(before['mcp_servers'])).filter(([name]) => name !== mcpServerName);
      const { mcp_servers: _, ...others } = before;
      requireSame(
        readToml(result, path),
        servers.length === 0 ? others : { ...others, mcp_servers: Object.fromEntries(servers) },
        path,
      );
      return result;
    },
  };
}

/** The file's table. Throws `unreadable_file` with the place where it stops being TOML. */
export function readToml(text: string, file: string): Table {
  try {
    return parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    const where = error instanceof TomlError ? ` at line ${error.line}, column ${error.column}` : '';
    const problem = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    throw new WaggleError(
      'unreadable_file',
      `${file}: is not TOML (${problem}${where}); mend it, nothing was written`,
      {
        details: { file, problem },
        cause: error,
      },
    );
  }
}

function withoutServer(table: Table, path: string): Table {
  if (Object.hasOwn(tableOf(table['mcp_servers']), mcpServerName))
    throw foreignServer(path, `mcp_servers.${mcpServerName}`);
  return table;
}

/** What follows the block up to the next table would fall into ours, and an inline table cannot be added to. */
function requireSame(actual: Table, expected: Table, path: string): void {
  if (isDeepStrictEqual(plainTable(actual), plainTable(expected))) return;
  throw new WaggleError(
    'unreadable_file',
    `${path}: Waggle's block would change what the rest of the file says; move what stands after it above, nothing was written`,
    { details: { file: path } },
  );
}

/** The parser's tables have no prototype; for the comparison only what they hold counts. */
function plainTable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainTable);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainTable(member)]));
}

function tableOf(value: unknown): Table {
  return typeof value === 'object' && value !== null ? (value as Table) : {}; // TOML tables are objects
}

/** TOML's basic strings take every escape JSON writes, except that DEL must be escaped. */
function tomlValue(value: string | number | readonly string[]): string {
  if (typeof value === 'number') return String(value);
  const text = (word: string) => JSON.stringify(word).replaceAll('\u007f', '\\u007f');
  return typeof value === 'string' ? text(value) : `[${value.map(text).join(', ')}]`;
}
