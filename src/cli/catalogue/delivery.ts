import type { CommandSpec } from '../command.ts';

const group = 'Delivery';
const name = { term: '<name>', summary: 'name of the destination' } as const;

export const deliveryCommands: readonly CommandSpec[] = [
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
    summary: 'Adds a webhook, signed as Standard Webhooks say.',
    args: [name],
    options: [
      { flags: '--url <address>', summary: 'https://…, or http:// on this machine; - reads it from stdin' },
      { flags: '--secret-file <file>', summary: 'a whsec_… to sign with (default: a new one, told once)' },
    ],
    details:
      'An address often is a secret: give it on stdin, or it stays in the history of your shell. It is kept in the store, which\n' +
      'only you can read, and is never shown again.',
    examples: [
      ['pass show hooks/build | waggle outbox add build --url -', 'prints the secret that receivers verify with'],
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
