import type { CommandSpec } from '../command.ts';

const group = 'Delivery';
const name = { term: '<name>', summary: 'name of the destination' } as const;

const agent = { term: '<agent>', summary: 'who is to be reached', completes: 'agent' } as const;
const door = {
  term: '<door>',
  summary: 'which way',
  choices: ['codex-app-server', 'codex-queue', 'exec', 'tmux', 'webhook', 'legacy-inbox'],
} as const;

export const deliveryCommands: readonly CommandSpec[] = [
  {
    name: 'delivery status',
    group,
    summary: 'Shows through which doors an agent can be reached, and why not through others.',
    args: [agent],
    options: [{ flags: '--limit <number>', summary: 'how many receipts at most (default: 20)' }],
    examples: [['waggle delivery status reviewer', 'doors in the order they are tried, and the latest receipts']],
    load: async () => (await import('../commands/delivery.ts')).status,
  },
  {
    name: 'delivery open',
    group,
    summary: 'Opens a door to an agent; mail that waits goes through it at once.',
    args: [agent, door],
    options: [
      { flags: '--url <address>', summary: 'webhook: where to post; - reads it from stdin' },
      { flags: '--folder <path>', summary: 'legacy-inbox: its inbox folder; exec: the working directory' },
      { flags: '--socket <path>', summary: 'codex-app-server, codex-queue: the unix socket it listens on' },
      {
        flags: '--thread <id>',
        summary: 'codex-app-server, codex-queue: the thread (default: the one that is loaded)',
      },
      { flags: '--client <name>', summary: 'exec: whose session it is', choices: ['claude', 'codex'] },
      { flags: '--session <id>', summary: 'exec: the session that is resumed' },
    ],
    details:
      'An agent that looks into its inbox by itself, through MCP or hooks, needs no door. A door that starts a turn costs what a\n' +
      'turn costs; six wakes a minute are the limit, and what comes sooner is told together.',
    examples: [
      ['waggle delivery open ada codex-app-server --socket .codex/app.sock', 'wakes an idle Codex'],
      ['waggle delivery open bob exec --client claude --session 0b5e… --folder .', 'resumes a headless Claude Code'],
      ['waggle delivery open agent-1 legacy-inbox --folder agent_workspaces/Agent-1/inbox', 'one file per message'],
    ],
    load: async () => (await import('../commands/delivery.ts')).open,
  },
  {
    name: 'delivery close',
    group,
    summary: 'Closes a door to an agent.',
    args: [agent, door],
    examples: [['waggle delivery close bob exec', 'its mail waits in its inbox from now on']],
    load: async () => (await import('../commands/delivery.ts')).close,
  },
  {
    name: 'delivery retry',
    group,
    summary: 'Tells an agent about a message once more, e.g. one that is uncertain.',
    args: [{ term: '<id>', summary: 'the message' }],
    examples: [['waggle delivery retry msg_0198…', 'after a look at the agent: it did not arrive']],
    load: async () => (await import('../commands/delivery.ts')).retry,
  },
  {
    name: 'outbox list',
    group,
    summary: 'Lists what is to leave this machine, or did.',
    options: [
      {
        flags: '--state <state>',
        summary: 'only entries in this state',
        choices: ['waiting', 'sending', 'sent', 'dead'],
      },
      { flags: '--destination <name>', summary: 'only entries for this destination' },
      { flags: '--limit <number>', summary: 'how many at most (default: 100)' },
      { flags: '--after <id>', summary: 'continue after this entry' },
    ],
    examples: [['waggle outbox list --state dead', 'what could not be sent, and why']],
    load: async () => (await import('../commands/outbox.ts')).list,
  },
  {
    name: 'outbox redrive',
    group,
    summary: 'Sends dead entries again; their destination is free again.',
    args: [{ term: '[id...]', summary: 'which ones' }],
    options: [
      { flags: '--destination <name>', summary: 'all of this destination' },
      { flags: '--all', summary: 'every dead entry' },
    ],
    examples: [['waggle outbox redrive --destination alerts', 'its address was mended']],
    load: async () => (await import('../commands/outbox.ts')).redrive,
  },
  {
    name: 'outbox destinations',
    group,
    summary: 'Lists where the hub may send to.',
    examples: [['waggle outbox destinations', 'which are held or disabled, and why']],
    load: async () => (await import('../commands/outbox.ts')).destinations,
  },
  {
    name: 'outbox add',
    group,
    summary: 'Adds a webhook, signed as Standard Webhooks say, or a Discord channel.',
    args: [name],
    options: [
      { flags: '--url <address>', summary: 'https://…, or http:// on this machine; - reads it from stdin' },
      { flags: '--via <publisher>', summary: 'what stands there (default: webhook)', choices: ['webhook', 'discord'] },
      {
        flags: '--alerts <severity>',
        summary: 'it hears of alerts of at least this',
        choices: ['warning', 'critical'],
      },
      { flags: '--secret-file <file>', summary: 'a whsec_… to sign with (default: a new one, told once)' },
    ],
    details:
      'An address often is a secret: give it on stdin, or it stays in the history of your shell. It is kept in the store, which\n' +
      'only you can read, and is never shown again.',
    examples: [
      ['pass show hooks/build | waggle outbox add build --url -', 'prints the secret that receivers verify with'],
      [
        'pass show hooks/ops | waggle outbox add ops --url - --via discord --alerts warning',
        'a channel that hears of every alert',
      ],
    ],
    load: async () => (await import('../commands/outbox.ts')).add,
  },
  {
    name: 'outbox test',
    group,
    summary: 'Sends a note that says nothing, to see whether it is taken.',
    args: [name],
    examples: [['waggle outbox test build', 'then: waggle outbox list --destination build']],
    load: async () => (await import('../commands/outbox.ts')).test,
  },
  {
    name: 'outbox remove',
    group,
    summary: 'Removes a destination; what waits for it becomes dead.',
    args: [name],
    examples: [['waggle outbox remove build', 'nothing is sent there any more']],
    load: async () => (await import('../commands/outbox.ts')).remove,
  },
];
