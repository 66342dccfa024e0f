import { type Client, hookCommand, mcpWords } from '../client.ts';
import { hookEntries } from '../hook-entries.ts';
import { mcpEntry } from '../mcp-entry.ts';

/** Seconds; see the same in claude.ts. */
const hookTimeout = 10;

export const copilot: Client = {
  name: 'copilot',
  title: 'Copilot CLI',
  programs: ['copilot'],
  traces: ['.github/copilot-instructions.md', '.github/mcp.json'],
  trust:
    'start copilot here once and trust the folder; where Claude Code is set up too it takes the server of .mcp.json and speaks as that agent',
  files(command) {
    const [program, ...args] = mcpWords('copilot', command);
    const run = (event: string) => [
      { type: 'command', bash: hookCommand('copilot', event, command), timeoutSec: hookTimeout },
    ];
    return [
      mcpEntry('.github/mcp.json', 'mcpServers', { type: 'local', command: program, args, tools: ['*'] }),
      hookEntries({
        path: '.github/hooks/waggle.json',
        shape: 'flat',
        header: { version: 1 },
        events: {
          sessionStart: run('sessionStart'),
          userPromptSubmitted: run('userPromptSubmitted'),
          postToolUse: run('postToolUse'),
          sessionEnd: run('sessionEnd'),
        },
      }),
    ];
  },
};
