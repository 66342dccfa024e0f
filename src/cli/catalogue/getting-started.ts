import type { CommandSpec } from '../command.ts';

const group = 'Getting started';
const agentId = { term: '<id>', summary: 'agent id: a-z, 0-9, dot, dash, underscore', completes: 'agent' } as const;

export const gettingStarted: readonly CommandSpec[] = [
  {
    name: 'agent add',
    group,
    summary: 'Registers an agent, which gives it an inbox.',
    args: [{ term: '<id>', summary: 'agent id: a-z, 0-9, dot, dash, underscore; at most 64' }],
    options: [
      { flags: '--role <role>', summary: 'what it does, e.g. captain; addressed as role:captain' },
      { flags: '--skill <skill>', summary: 'what it knows, addressed as skill:typescript; repeatable', repeats: true },
      { flags: '--client <client>', summary: 'the program it runs in: claude, codex, gemini, …' },
    ],
    details: 'Adding an agent that exists updates its role, skills and client where they are given.',
    examples: [
      ['waggle agent add reviewer', 'an inbox named reviewer'],
      [
        'waggle agent add ada --role captain --skill typescript --skill sql',
        'also reached as role:captain and skill:sql',
      ],
    ],
    load: async () => (await import('../commands/agent.ts')).addAgent,
  },
  {
    name: 'agent list',
    group,
    summary: 'Lists the registered agents.',
    options: [
      { flags: '--role <role>', summary: 'only those with this role' },
      { flags: '--skill <skill>', summary: 'only those with this skill' },
    ],
    examples: [['waggle agent list --skill typescript', 'who may be sent to as skill:typescript']],
    load: async () => (await import('../commands/agent.ts')).listAgents,
  },
  {
    name: 'agent show',
    group,
    summary: 'Shows one agent and the state of its inbox.',
    args: [agentId],
    examples: [['waggle agent show reviewer', 'role, skills, last seen, messages by state']],
    load: async () => (await import('../commands/agent.ts')).showAgent,
  },
  {
    name: 'agent remove',
    group,
    summary: 'Removes an agent; refused while its inbox holds open messages.',
    args: [agentId],
    options: [{ flags: '--cancel-open', summary: 'cancel its open messages first' }],
    examples: [['waggle agent remove reviewer --cancel-open', 'removes it and cancels what it never handled']],
    load: async () => (await import('../commands/agent.ts')).removeAgent,
  },
  {
    name: 'agent heartbeat',
    group,
    summary: 'Says that an agent is alive.',
    args: [agentId],
    examples: [['waggle agent heartbeat reviewer', 'sets its last-seen time to now']],
    load: async () => (await import('../commands/agent.ts')).heartbeat,
  },
  {
    name: 'completion',
    group,
    summary: 'Prints the completion script of a shell.',
    args: [{ term: '<shell>', summary: 'the shell', choices: ['bash', 'zsh', 'fish'] }],
    examples: [
      ['source <(waggle completion bash)', 'in this shell; put it into ~/.bashrc to keep it'],
      ['waggle completion zsh > ~/.waggle.zsh && echo "source ~/.waggle.zsh" >> ~/.zshrc', 'for every zsh'],
      ['waggle completion fish > ~/.config/fish/completions/waggle.fish', 'for every fish'],
    ],
    load: async () => (await import('../commands/completion.ts')).printCompletionScript,
  },
  {
    name: 'complete',
    group,
    summary: 'Answers the completion script.',
    args: [{ term: '[words...]', summary: 'the command line so far' }],
    examples: [['waggle complete -- send ""', 'what may follow waggle send']],
    hidden: true,
    load: async () => (await import('../commands/completion.ts')).complete,
  },
  {
    name: 'help',
    group,
    summary: 'Shows this page, or the page of a command.',
    args: [{ term: '[command...]', summary: 'a command, e.g. dead redrive' }],
    examples: [['waggle help send', 'options and examples of send']],
    load: async () => (await import('../commands/help.ts')).help,
  },
];
