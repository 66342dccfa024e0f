import { type Client, mcpWords } from '../client.ts';
import { mcpEntry } from '../mcp-entry.ts';
import { openCodePlugin } from '../opencode-plugin.ts';

export const opencode: Client = {
  name: 'opencode',
  title: 'OpenCode',
  programs: ['opencode'],
  traces: ['.opencode', 'opencode.json', 'opencode.jsonc'],
  trust: 'nothing: OpenCode loads the settings and plugins of a project by itself',
  files(command) {
    return [
      mcpEntry('opencode.json', 'mcp', { type: 'local', command: mcpWords('opencode', command), enabled: true }),
      openCodePlugin(command),
    ];
  },
};
