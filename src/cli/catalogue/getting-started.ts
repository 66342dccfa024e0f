import { agentStates } from '../../agent/agent.ts';
import { tokenRoles } from '../../agent/policy.ts';
import type { CommandSpec } from '../command.ts';

const group = 'Getting started';
const agentId = { term: '<id>', summary: 'agent id: a-z, 0-9, dot, dash, underscore', completes: 'agent' } as const;

export const gettingStarted: readonly CommandSpec[] = [
  {
    name: 'init',
    group,
    summary: 'Sets up the agent programs of this project to use the swarm.',
    options: [
      {
        flags: '--client <clients>',
        summary: 'of claude, codex, gemini, cursor, copilot, opencode; comma between (default: those found)',
      },
      {
        flags: '--agent <id>',
        summary: "the agent the client speaks as (default: the client's name)",
        completes: 'agent',
      },
      { flags: '--project <folder>', summary: 'whose settings (default: the folder that holds the swarm directory)' },
      { flags: '--dry-run', summary: 'only show the diff' },
      { flags: '--undo', summary: 'take back what init wrote, byte for byte' },
    ],
    details:
      'Writes the MCP server and the hooks into the settings of each client, and a short block into AGENTS.md. Comments, order\n' +
      'and foreign entries stay; a file that cannot be parsed refuses the whole. At a terminal it shows the diff and asks.\n' +
      'The agents are registered at once where a hub runs, else when their client starts.',
    examples: [
      ['waggle init', 'whatever is installed here, after showing the diff'],
      ['waggle init --client claude --agent reviewer', 'Claude Code in this project is the agent reviewer'],
      ['waggle init --dry-run', 'what would be written'],
      ['waggle init --undo', 'as if it had never been'],
    ],
    load: async () => (await import('../commands/init.ts')).init,
  },
  {
    name: 'hook',
    group,
    summary: "Answers a client's hook: news for the agent as the client's own JSON.",
    args: [
      {
        term: '<client>',
        summary: 'whose hook calls',
        choices: ['claude', 'codex', 'gemini', 'cursor', 'opencode', 'copilot'],
      },
      { term: '<event>', summary: "the event, by the client's name; for claude also wait" },
    ],
    options: [
      {
        flags: '--agent <id>',
        summary: 'the agent the client speaks as (default: WAGGLE_AGENT, which wins)',
        completes: 'agent',
      },
    ],
    details:
      "Reads the client's JSON on standard input and answers on standard output, within a budget: unread mail at prompts and\n" +
      'between tools, a brief at the start and after compaction, one more turn when urgent mail waits. Starts no hub; without\n' +
      'one, or with a slow one, the answer is empty. Exit code 2 comes from wait alone and wakes the agent.',
    examples: [
      ['waggle hook claude UserPromptSubmit --agent reviewer < event.json', 'what the agent would be told at a prompt'],
    ],
    load: async () => (await import('../commands/hook.ts')).hook,
  },
  {
    name: 'agent add',
    group,
    summary: 'Registers an agent, which gives it an inbox.',
    args: [{ term: '<id>', summary: 'agent id: a-z, 0-9, dot, dash, underscore; at most 64' }],
    options: [
      { flags: '--role <role>', summary: 'what it does, e.g. captain; addressed as role:captain' },
      { flags: '--skill <skill>', summary: 'what it knows, addressed as skill:typescript; repeatable', repeats: true },
      { flags: '--client <client>', summary: 'the program it runs in: claude, codex, gemini, …' },
      { flags: '--team <team>', summary: 'the team whose lead it answers to' },
      { flags: '--capacity <n>', summary: 'how many pieces of work it takes at once' },
      { flags: '--workspace <dir>', summary: 'the folder it works in' },
    ],
    details:
      'Registering never overwrites: an id that is taken is an error. A role is a word to address; what an agent may do is decided by its token (waggle agent token).',
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
    name: 'agent report',
    group,
    summary: 'Says what an agent is doing.',
    args: [agentId, { term: '<state>', summary: 'what it is doing', choices: agentStates }],
    options: [{ flags: '--reason <text>', summary: 'why, in a few words' }],
    examples: [
      ['waggle agent report reviewer working', 'it has started on something'],
      ['waggle agent report reviewer blocked --reason "waits for an approval"', 'and why'],
    ],
    load: async () => (await import('../commands/agent.ts')).reportState,
  },
  {
    name: 'agent token',
    group,
    summary: 'Gives an agent a token of its own; the former one ends at once.',
    args: [agentId],
    options: [
      { flags: '--role <role>', summary: 'what the token may do (default: agent)', choices: tokenRoles },
      { flags: '--expires <duration>', summary: 'ends by itself after this long, e.g. 24h (default: never)' },
    ],
    details:
      'Prints the path of the token file, never the token. A process started with WAGGLE_TOKEN_FILE=PATH, as in WAGGLE_TOKEN_FILE=$(waggle agent token reviewer) claude, speaks as that agent and nobody else.',
    examples: [
      ['waggle agent token reviewer', 'a token that reads its own mail and sends as itself'],
      ['waggle agent token ada --role lead --expires 24h', 'a lead of its team, until tomorrow'],
    ],
    load: async () => (await import('../commands/agent-token.ts')).mintToken,
  },
  {
    name: 'agent revoke',
    group,
    summary: 'Ends the token of an agent, on open connections too.',
    args: [agentId],
    examples: [['waggle agent revoke reviewer', 'whoever holds its token is refused from now on']],
    load: async () => (await import('../commands/agent-token.ts')).revokeToken,
  },
  {
    name: 'agent import-legacy',
    group,
    summary: 'Registers the agents of a legacy swarm from their status.json files.',
    args: [{ term: '<path...>', summary: 'status files, or folders with agents’ workspaces' }],
    details:
      'One answer a file. What a file says of tasks, missions and points goes into the agent’s context; its state keeps the time\n' +
      'it was written, so nobody looks alive who is not. An agent that is registered already is left as it is. A file that\n' +
      'cannot be read is told with the reason, and the exit code is 1.',
    examples: [
      ['waggle agent import-legacy agent_workspaces', 'every Agent-N/status.json in it'],
      ['waggle agent import-legacy Agent-3/status.json --json', '{"file","id","status","state","notes"} a line'],
    ],
    load: async () => (await import('../commands/import-agents.ts')).importAgents,
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
