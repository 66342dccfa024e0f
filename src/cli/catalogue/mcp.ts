import type { CommandSpec } from '../command.ts';

export const mcpCommands: readonly CommandSpec[] = [
  {
    name: 'mcp',
    group: 'Agents at work',
    summary: 'Serves the swarm to one agent as MCP tools over standard input and output.',
    options: [
      {
        flags: '--agent <id>',
        summary: 'the agent that speaks here (default: WAGGLE_AGENT, which wins)',
        completes: 'agent',
      },
      { flags: '--client <name>', summary: 'the program it runs in, where it is registered by this; default mcp' },
    ],
    details:
      'An MCP client starts it; nothing but the protocol goes to standard output. It ends when standard input does. A hub that dies\n' +
      'is started again; while none answers, the tools say so. To make a client start it:\n' +
      '  claude mcp add waggle -- waggle mcp --agent ada\n' +
      '  codex mcp add waggle -- waggle mcp --agent ada',
    examples: [['waggle mcp --agent ada', 'speaks as ada, over standard input and output']],
    load: async () => (await import('../commands/mcp.ts')).mcp,
  },
];
