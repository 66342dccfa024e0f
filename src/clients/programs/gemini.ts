import { type Client, hookCommand, mcpWords } from '../client.ts';
import { hookEntries } from '../hook-entries.ts';
import { mcpEntry } from '../mcp-entry.ts';
import { combined } from '../settings-file.ts';

/** Milliseconds here; see the same in claude.ts. */
const hookTimeout = 10_000;
const settings = '.gemini/settings.json';

export const gemini: Client = {
  name: 'gemini',
  title: 'Gemini CLI',
  programs: ['gemini'],
  traces: ['.gemini', 'GEMINI.md'],
  trust:
    'start gemini here once: it warns of new hooks of a project and asks whether you trust the folder, where that is on',
  files(command) {
    const [program, ...args] = mcpWords('gemini', command);
    const run = (event: string) => [
      { type: 'command', name: 'waggle', command: hookCommand('gemini', event, command), timeout: hookTimeout },
    ];
    return [
      combined(settings, [
        mcpEntry(settings, 'mcpServers', { command: program, args }),
        hookEntries({
          path: settings,
          shape: 'grouped',
          events: {
            SessionStart: run('SessionStart'),
            BeforeAgent: run('BeforeAgent'),
            AfterTool: run('AfterTool'),
            AfterAgent: run('AfterAgent'),
            PreCompress: run('PreCompress'),
            SessionEnd: run('SessionEnd'),
          },
        }),
      ]),
    ];
  },
};
