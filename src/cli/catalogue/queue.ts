import type { CommandSpec } from '../command.ts';

const group = 'Queue';
const inbox = { flags: '--inbox <agent>', summary: 'only this inbox', completes: 'agent' } as const;

export const queueCommands: readonly CommandSpec[] = [
  {
    name: 'queue stats',
    group,
    summary: 'Counts messages by state.',
    options: [inbox],
    examples: [['waggle queue stats --inbox reviewer', 'what waits, what is being handled, what died']],
    load: async () => (await import('../commands/queue.ts')).stats,
  },
  {
    name: 'queue prune',
    group,
    summary: 'Deletes messages that were acked, expired or cancelled long ago.',
    options: [
      { flags: '--older-than <duration>', summary: 'how long ago they were over; 0s for all of them' },
      inbox,
      { flags: '--dry-run', summary: 'only count them' },
    ],
    details:
      'The hub does this by itself by age and size (see retention in the configuration). Open messages and dead letters stay,\n' +
      'and what is deleted stays counted as pruned.',
    examples: [
      ['waggle queue prune --older-than 7d --dry-run', 'how much would go'],
      ['waggle queue prune --older-than 7d', 'makes room now'],
    ],
    load: async () => (await import('../commands/queue.ts')).prune,
  },
  {
    name: 'queue verify',
    group,
    summary: 'Proves that no accepted message is missing, of the store or of recorded histories.',
    args: [{ term: '[history...]', summary: 'files, folders or patterns of .jsonl files, judged as one history' }],
    options: [{ flags: '--drained', summary: 'the run went on until nothing was left: what never ended is lost' }],
    details:
      'Without a history, asks the hub to prove its store. With one, judges what clients recorded; no hub is needed or started.',
    examples: [
      ['waggle queue verify', 'exit 1 when something is wrong'],
      ['waggle queue verify runs/history --json', 'lost, doubled, reordered, forged…: every finding with its lines'],
    ],
    load: async () => (await import('../commands/queue.ts')).verify,
  },
  {
    name: 'dead list',
    group,
    summary: 'Lists dead letters with how each attempt ended.',
    options: [
      inbox,
      { flags: '--limit <number>', summary: 'how many at most (default: 100)' },
      { flags: '--after <message>', summary: 'continue after this message' },
    ],
    examples: [['waggle dead list --inbox reviewer', 'what the reviewer could not handle, and why']],
    load: async () => (await import('../commands/dead.ts')).list,
  },
  {
    name: 'dead redrive',
    group,
    summary: 'Puts dead letters back, with all their attempts.',
    args: [{ term: '[id...]', summary: 'which ones' }],
    options: [inbox, { flags: '--all', summary: 'every dead letter' }],
    examples: [
      ['waggle dead redrive msg_0198…', 'one'],
      ['waggle dead redrive --inbox reviewer', 'all of one inbox'],
    ],
    load: async () => (await import('../commands/dead.ts')).redrive,
  },
  {
    name: 'dead purge',
    group,
    summary: 'Deletes dead letters for good; asks first.',
    args: [{ term: '[id...]', summary: 'which ones' }],
    options: [inbox, { flags: '--all', summary: 'every dead letter' }, { flags: '--yes', summary: 'do not ask' }],
    examples: [['waggle dead purge --inbox reviewer --yes', 'from a script']],
    load: async () => (await import('../commands/dead.ts')).purge,
  },
  {
    name: 'quarantine list',
    group,
    summary: 'Lists recovered entries that are kept but not delivered, with why.',
    options: [
      inbox,
      { flags: '--limit <number>', summary: 'how many at most (default: 100)' },
      { flags: '--after <message>', summary: 'continue after this message' },
    ],
    details: 'One of them in full, with the file and the bytes it came from: waggle message ID.',
    examples: [['waggle quarantine list', 'what waits for somebody to look']],
    load: async () => (await import('../commands/quarantine.ts')).list,
  },
  {
    name: 'quarantine release',
    group,
    summary: 'Lets quarantined messages be delivered after you have looked at them; asks first.',
    args: [{ term: '[id...]', summary: 'which ones' }],
    options: [
      inbox,
      { flags: '--all', summary: 'every quarantined message' },
      { flags: '--yes', summary: 'do not ask' },
    ],
    examples: [
      ['waggle quarantine release msg_0198…', 'one'],
      ['waggle quarantine release --inbox reviewer --yes', 'all of one inbox, from a script'],
    ],
    load: async () => (await import('../commands/quarantine.ts')).release,
  },
  {
    name: 'quarantine purge',
    group,
    summary: 'Deletes quarantined messages for good; asks first.',
    details: 'Importing their file again does not bring them back; the quarantined copy of the file is not touched.',
    args: [{ term: '[id...]', summary: 'which ones' }],
    options: [
      inbox,
      { flags: '--all', summary: 'every quarantined message' },
      { flags: '--yes', summary: 'do not ask' },
    ],
    examples: [['waggle quarantine purge --all', 'nothing of it is worth keeping']],
    load: async () => (await import('../commands/quarantine.ts')).purge,
  },
  {
    name: 'events',
    group,
    summary: 'Prints what happened, in commit order.',
    options: [
      { flags: '--after <sequence>', summary: 'only what came after this sequence (default: everything)' },
      { flags: '--follow', summary: 'go on with what happens now, until interrupted' },
    ],
    examples: [
      ['waggle events --follow', 'watch the swarm'],
      ['waggle events --after 1200 --json', 'resume where a script stopped'],
    ],
    load: async () => (await import('../commands/events.ts')).events,
  },
];
