import type { CommandSpec } from '../command.ts';

const group = 'Context';
const namespace = { term: '<agent>', summary: 'an agent, shared, or shared:TOPIC', completes: 'agent' } as const;
const writing = [
  { flags: '--if-version <number>', summary: 'only if it is still at this version (0: only if there is none)' },
  { flags: '--ttl <duration>', summary: 'forget it after this long, e.g. 8h' },
  { flags: '--reason <text>', summary: 'why, for the history' },
  { flags: '--from <agent>', summary: 'who changes it (default: operator)', completes: 'agent' },
] as const;

export const contextCommands: readonly CommandSpec[] = [
  {
    name: 'context get',
    group,
    summary: 'Prints what an agent has noted: a JSON object with its version.',
    args: [namespace, { term: '[member]', summary: 'only this member' }],
    examples: [
      ['waggle context get reviewer', 'all of it'],
      ['waggle context get reviewer goal --json', 'one member, for a script'],
    ],
    load: async () => (await import('../commands/context.ts')).get,
  },
  {
    name: 'context set',
    group,
    summary: 'Replaces the context, or one member of it.',
    args: [
      namespace,
      { term: '<value>', summary: 'a JSON object, or - to read it from standard input; or the name of a member' },
      { term: '[member-value]', summary: "the member's new value: JSON, or plain text" },
    ],
    options: writing,
    details:
      'Secrets are taken out before anything is stored, and the places are named. Without --if-version whatever is there is\n' +
      'replaced; it stays in the history.',
    examples: [
      ['waggle context set reviewer \'{"goal":"ship 1.0"}\'', 'the whole context'],
      ['waggle context set reviewer goal "ship 1.0"', 'one member'],
      ['waggle context set reviewer - --if-version 7 < context.json', 'only if nobody changed it since'],
    ],
    load: async () => (await import('../commands/context.ts')).set,
  },
  {
    name: 'context patch',
    group,
    summary: 'Changes some members at once (JSON merge patch; null removes one).',
    args: [namespace, { term: '<patch>', summary: 'a JSON object, or - to read it from standard input' }],
    options: writing,
    examples: [['waggle context patch reviewer \'{"blocker":null,"next":"tests"}\'', 'all or none of it']],
    load: async () => (await import('../commands/context.ts')).patch,
  },
  {
    name: 'context remove',
    group,
    summary: 'Removes a context; its history stays.',
    args: [namespace],
    options: writing.filter(({ flags }) => !flags.startsWith('--ttl')),
    examples: [['waggle context remove shared:release', 'the topic is over']],
    load: async () => (await import('../commands/context.ts')).remove,
  },
  {
    name: 'context list',
    group,
    summary: 'Lists contexts with their versions.',
    examples: [['waggle context list', 'who has noted something']],
    load: async () => (await import('../commands/context.ts')).list,
  },
  {
    name: 'context history',
    group,
    summary: 'Shows the latest changes with who made them and why.',
    args: [namespace],
    options: [{ flags: '--limit <number>', summary: 'how many at most (default: 20)' }],
    examples: [['waggle context history reviewer', 'newest first']],
    load: async () => (await import('../commands/context.ts')).history,
  },
  {
    name: 'context brief',
    group,
    summary: 'Prints what an agent must know to go on, within a budget of tokens.',
    args: [{ term: '<agent>', summary: 'whose brief', completes: 'agent' }],
    options: [
      { flags: '--tokens <number>', summary: 'at most this many tokens, estimated from above (default: 2000)' },
    ],
    details: 'It says what found no room. Text of other participants is framed as data.',
    examples: [['waggle context brief reviewer --tokens 800', 'what a hook would inject']],
    load: async () => (await import('../commands/context.ts')).brief,
  },
];
