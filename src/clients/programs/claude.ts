import { type Client, hookCommand, mcpWords } from '../client.ts';
import { hookEntries } from '../hook-entries.ts';
import { mcpEntry } from '../mcp-entry.ts';

/** Seconds. Hooks answer in well under one; the limit is for a machine that swaps. */
const hookTimeout = 10;
/** Seconds a session may sit idle and still be woken: the background hook waits this long. */
const waitTimeout = 7 * 24 * 3_600;

export const claude: Client = {
  name: 'claude',
  title: 'Claude Code',
  programs: ['claude'],
  traces: ['.claude', '.mcp.json', 'CLAUDE.md'],
  trust:
    'start claude here once: it asks whether you trust the folder (hooks run only then) and whether to use the MCP server waggle',
  files(command) {
    const [program, ...args] = mcpWords('claude', command);
    const run = (event: string) => ({
      type: 'command',
      command: hookCommand('claude', event, command),
      timeout: hookTimeout,
    });
    const wait = {
      type: 'command',
      command: hookCommand('claude', 'wait', command),
      asyncRewake: true,
      timeout: waitTimeout,
    };
    return [
      mcpEntry('.mcp.json', 'mcpServers', { command: program, args }),
      hookEntries({
        path: '.claude/settings.json',
        shape: 'grouped',
        events: {
          SessionStart: [run('SessionStart'), wait],
          UserPromptSubmit: [run('UserPromptSubmit')],
          PostToolUse: [run('PostToolUse')],
          Stop: [run('Stop'), wait],
          SessionEnd: [run('SessionEnd')],
        },
      }),
    ];
  },
};
