import type { CommandSpec } from '../command.ts';

const group = 'Missions';
const id = { term: '<id>', summary: 'id of the offer: the message that made it' } as const;
const as = {
  flags: '--as <agent>',
  summary: 'who answers; needed unless you are that agent',
  completes: 'agent',
} as const;
const reason = { flags: '--reason <text>', summary: 'why, for the other side' } as const;

export const handOffCommands: readonly CommandSpec[] = [
  {
    name: 'hand-off offer',
    group,
    summary: 'Offers a mission to another agent, with a brief of the work.',
    args: [
      { term: '<mission>', summary: 'id of the mission' },
      { term: '<to>', summary: 'the next owner', completes: 'agent' },
    ],
    options: [
      { flags: '--note <text>', summary: 'what the next one must know besides the brief' },
      { flags: '--from <agent>', summary: 'who offers; must be the owner (default)', completes: 'agent' },
      { flags: '--ttl <duration>', summary: 'the offer runs out after this long (default: 1h)' },
      { flags: '--tokens <number>', summary: 'budget of the brief (default: 1500)' },
      { flags: '--approve', summary: 'it may go round in a circle, or on after eight hops' },
    ],
    details:
      'Until it is accepted the owner stays the owner. With the mission go the messages the owner holds: they are leased to the next\n' +
      'one anew, and late settles of the former owner are refused.',
    examples: [
      [
        'waggle hand-off offer parser bob --note "start with the grammar"',
        'a message of kind hand-off in the inbox of bob',
      ],
    ],
    load: async () => (await import('../commands/hand-off.ts')).offer,
  },
  {
    name: 'hand-off accept',
    group,
    summary: 'Accepts an offer: the mission and what its owner held change hands.',
    args: [id],
    options: [as],
    examples: [
      ['waggle hand-off accept msg_… --as bob --json', 'the answer names the moved messages with their new gen'],
    ],
    load: async () => (await import('../commands/hand-off.ts')).accept,
  },
  {
    name: 'hand-off decline',
    group,
    summary: 'Declines an offer; the owner keeps the mission and is told.',
    args: [id],
    options: [as, reason],
    examples: [['waggle hand-off decline msg_… --as bob --reason "busy until Friday"', 'with a reason']],
    load: async () => (await import('../commands/hand-off.ts')).decline,
  },
  {
    name: 'hand-off withdraw',
    group,
    summary: 'Takes an offer back that nobody has answered.',
    args: [id],
    options: [reason],
    examples: [['waggle hand-off withdraw msg_…', 'its message is cancelled']],
    load: async () => (await import('../commands/hand-off.ts')).withdraw,
  },
  {
    name: 'hand-off list',
    group,
    summary: 'Lists hand-offs, newest first.',
    options: [
      { flags: '--mission <id>', summary: 'only of this mission' },
      { flags: '--agent <id>', summary: 'only offered by or to this agent', completes: 'agent' },
      {
        flags: '--state <state>',
        summary: 'only in this state',
        choices: ['offered', 'accepted', 'declined', 'withdrawn', 'expired'],
      },
    ],
    examples: [['waggle hand-off list --state offered', 'what waits for an answer']],
    load: async () => (await import('../commands/hand-off.ts')).list,
  },
];
