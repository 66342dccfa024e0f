import { type Client, hookCommand, mcpWords } from '../client.ts';
import { hookEntries } from '../hook-entries.ts';
import { mcpEntry } from '../mcp-entry.ts';

/** Turns Cursor lets hooks start one out of the other; our own guard is tighter. */
const loopLimit = 5;

export const cursor: Client = {
  name: 'cursor',
  title: 'Cursor',
  programs: ['cursor', 'cursor-agent'],
  traces: ['.cursor'],
  trust: 'open the folder in Cursor, trust the workspace and switch the MCP server waggle on under Settings, MCP',
  files(command) {
    const [program, ...args] = mcpWords('cursor', command);
    const run = (event: string, more = {}) => [{ command: hookCommand('cursor', event, command), ...more }];
    return [
      mcpEntry('.cursor/mcp.json', 'mcpServers', { command: program, args }),
      hookEntries({
        path: '.cursor/hooks.json',
        shape: 'flat',
        header: { version: 1 },
        events: {
          sessionStart: run('sessionStart'),
          postToolUse: run('postToolUse'),
          preCompact: run('preCompact'),
          stop: run('stop', { loop_limit: loopLimit }),
          sessionEnd: run('sessionEnd'),
        },
      }),
    ];
  },
};
