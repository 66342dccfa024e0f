import type { CommandSpec } from '../command.ts';

const group = 'Agents at work';
const agent = { term: '<id>', summary: 'the agent', completes: 'agent' } as const;
const stopping = [
  { flags: '--grace <duration>', summary: 'time to finish before SIGKILL (default: 10s)' },
  { flags: '--interrupt', summary: 'begin with SIGINT, as Ctrl-C does, instead of SIGTERM' },
  { flags: '--kill', summary: 'SIGKILL at once' },
] as const;

export const processCommands: readonly CommandSpec[] = [
  {
    name: 'agent start',
    group,
    summary: "Runs an agent's program under Waggle; returns once it runs.",
    args: [agent, { term: '<command...>', summary: 'the program and its arguments, after --' }],
    options: [
      {
        flags: '--host <host>',
        summary: 'child: no terminal; tmux: a pane (default: child)',
        choices: ['child', 'tmux'],
      },
      {
        flags: '--restart <policy>',
        summary: 'when it ends: always, only after a failure, or never start it again (default: transient)',
        choices: ['permanent', 'transient', 'temporary'],
      },
    ],
    details:
      'It runs in this folder with this environment, and lives on when this shell, or the hub, ends. It is restarted at most\n' +
      '3 times in 60 s. It finds WAGGLE_AGENT, WAGGLE_DIR and WAGGLE_INCARNATION in its environment.',
    examples: [
      ['waggle agent start builder -- ./build-loop.sh --fast', 'restarted when it fails, not when it is done'],
      ['waggle agent start ada --host tmux -- claude', 'in a terminal: waggle agent attach ada'],
      ['waggle agent start once --restart temporary -- npm test', 'runs once'],
    ],
    load: async () => (await import('../commands/agent-process.ts')).startAgent,
  },
  {
    name: 'agent stop',
    group,
    summary: "Ends an agent's program and its children; it is not restarted.",
    args: [agent],
    options: stopping,
    details: 'Nothing is signalled unless it is certain to be the process that Waggle started.',
    examples: [
      ['waggle agent stop ada', 'SIGTERM, and SIGKILL after 10s'],
      ['waggle agent stop ada --interrupt --grace 1m', 'as Ctrl-C, with time to finish'],
    ],
    load: async () => (await import('../commands/agent-process.ts')).stopAgent,
  },
  {
    name: 'agent restart',
    group,
    summary: 'Stops an agent, if it runs, and runs the same program again.',
    args: [agent],
    options: stopping,
    examples: [['waggle agent restart ada', 'the same command, folder and environment, next incarnation']],
    load: async () => (await import('../commands/agent-process.ts')).restartAgent,
  },
  {
    name: 'agent logs',
    group,
    summary: 'Shows what an agent printed, also before its last restarts.',
    args: [agent],
    options: [
      { flags: '--lines <number>', summary: 'how many of the last lines (default: 100)' },
      { flags: '--follow', summary: 'go on until it ends, or Ctrl-C' },
    ],
    examples: [['waggle agent logs ada --follow', 'as it comes']],
    load: async () => (await import('../commands/agent-logs.ts')).agentLogs,
  },
  {
    name: 'agent attach',
    group,
    summary: "Opens an agent's terminal here.",
    args: [agent],
    details: 'Only agents of the tmux host have one. Ctrl-b d leaves it and lets the agent go on.',
    examples: [['waggle agent attach ada', 'its tmux pane']],
    load: async () => (await import('../commands/agent-attach.ts')).attachAgent,
  },
  {
    name: 'agent ps',
    group,
    summary: "Lists agents' programs: state, pid, since when, how the last one ended.",
    examples: [['waggle agent ps', 'what runs, what was given up']],
    load: async () => (await import('../commands/agent-process.ts')).listProcesses,
  },
  {
    name: 'shim',
    group,
    summary: 'The parent of one agent, or what its pane begins with and writes to; started by the hub.',
    args: [
      { term: '<part>', summary: 'which part it plays', choices: ['run', 'exec', 'log'] },
      { term: '<folder>', summary: "the folder of the agent's life" },
    ],
    examples: [['waggle shim run .waggle/agents/ada/1-5e1f0c2d', 'as the hub starts it']],
    hidden: true,
    load: async () => (await import('../commands/shim.ts')).shim,
  },
];
