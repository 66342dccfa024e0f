import type { CommandSpec } from '../command.ts';

const group = 'Messages';
const messageId = { term: '<id>', summary: 'message id (msg_…)' } as const;
const gen = { flags: '--gen <number>', summary: 'generation of your lease, as inbox printed it (required)' } as const;

export const messageCommands: readonly CommandSpec[] = [
  {
    name: 'send',
    group,
    summary: 'Sends a message; it is durable once this returns.',
    args: [
      { term: '[to]', summary: 'an agent, role:x, skill:x or all', completes: 'agent' },
      { term: '[text]', summary: 'the body, or - to read it from standard input, byte for byte' },
    ],
    options: [
      { flags: '--from <agent>', summary: 'sender (default: operator)', completes: 'agent' },
      { flags: '--subject <text>', summary: 'one line' },
      { flags: '--priority <priority>', summary: 'default: normal', choices: ['urgent', 'high', 'normal', 'low'] },
      { flags: '--thread <id>', summary: 'thread it belongs to' },
      { flags: '--reply-to <message>', summary: 'message it answers' },
      { flags: '--delay <duration>', summary: 'deliver no earlier than this from now, e.g. 5s' },
      { flags: '--ttl <duration>', summary: 'expire when not handled within this, e.g. 1h' },
      { flags: '--key <key>', summary: 'idempotency key: the same send again is the same message' },
      { flags: '--ack-by <duration>', summary: 'raise an event when it is not acked within this, e.g. 10m' },
      { flags: '--kind <kind>', summary: 'what it is: text (default), notice, hand-off, …' },
      { flags: '--ordering-key <key>', summary: 'messages with one key are handled one after the other' },
      { flags: '--json-body', summary: 'the text is a JSON value and is stored as one' },
      { flags: '--file <file>', summary: 'send every line of a JSON Lines file, or - ; all or none' },
    ],
    details:
      'With --file each line is {"to":…,"body":…} and may have from, subject, kind, priority, threadId, replyTo,\n' +
      'idempotencyKey, orderingKey, delayMs, ttlMs, ackBy, maxAttempts. If one line is wrong, nothing is sent and every wrong\nline is named.',
    examples: [
      ['waggle send reviewer "please look at #12"', 'a text message'],
      ['git diff | waggle send role:reviewer - --subject "the patch"', 'the body from standard input'],
      ['waggle send all \'{"build":"green"}\' --json-body --priority high', 'a JSON message to everybody'],
      ['waggle send --file messages.jsonl', 'many in one commit: all or none'],
    ],
    load: async () => (await import('../commands/send.ts')).send,
  },
  {
    name: 'inbox',
    group,
    summary: "Takes an agent's next messages: yours until the lease ends, then ack them.",
    args: [{ term: '<agent>', summary: 'whose inbox', completes: 'agent' }],
    options: [
      { flags: '--lease <number>', summary: 'how many at most (default: 10)' },
      { flags: '--lease-for <duration>', summary: 'how long they are yours (default: 60s)' },
      { flags: '--peek', summary: 'look without taking' },
      { flags: '--wait <duration>', summary: 'wait this long for a first message' },
    ],
    examples: [
      ['waggle inbox reviewer --wait 30s', 'waits for work; finding none is no failure'],
      ['waggle inbox reviewer --lease 1 --lease-for 10m --json', 'one message for a script'],
      ['waggle inbox reviewer --peek', 'what is there, untouched'],
    ],
    load: async () => (await import('../commands/inbox.ts')).inbox,
  },
  {
    name: 'ack',
    group,
    summary: 'Says that a message is handled; it is never delivered again.',
    args: [messageId],
    options: [gen],
    examples: [['waggle ack msg_0198… --gen 4294967297', 'done with it']],
    load: async () => (await import('../commands/settle.ts')).ack,
  },
  {
    name: 'nack',
    group,
    summary: 'Gives a message back: again later, or to the dead letters.',
    args: [messageId],
    options: [
      gen,
      { flags: '--delay <duration>', summary: 'deliver again after this (default: backoff by attempt)' },
      { flags: '--reason <text>', summary: 'what went wrong; kept with the attempt' },
      { flags: '--dead', summary: 'retrying is pointless: to the dead letters now' },
    ],
    examples: [
      ['waggle nack msg_0198… --gen 4294967297 --delay 30s --reason "rate limited"', 'again in 30 seconds'],
      ['waggle nack msg_0198… --gen 4294967297 --dead --reason "no such branch"', 'never again by itself'],
    ],
    load: async () => (await import('../commands/settle.ts')).nack,
  },
  {
    name: 'extend',
    group,
    summary: 'Keeps a message for longer.',
    args: [messageId],
    options: [gen, { flags: '--for <duration>', summary: 'how long from now (default: 60s)' }],
    examples: [['waggle extend msg_0198… --gen 4294967297 --for 10m', 'ten more minutes']],
    load: async () => (await import('../commands/settle.ts')).extend,
  },
  {
    name: 'cancel',
    group,
    summary: 'Takes a message back that nobody has handled yet.',
    args: [messageId],
    examples: [['waggle cancel msg_0198…', 'whoever holds it loses the lease']],
    load: async () => (await import('../commands/settle.ts')).cancel,
  },
  {
    name: 'message',
    group,
    summary: 'Shows one message and everything that happened to it.',
    args: [messageId],
    examples: [['waggle message msg_0198…', 'body, state and history']],
    load: async () => (await import('../commands/message.ts')).message,
  },
  {
    name: 'thread',
    group,
    summary: 'Shows a conversation, oldest message first.',
    args: [{ term: '<id>', summary: 'thread id' }],
    options: [
      { flags: '--limit <number>', summary: 'how many at most (default: 100)' },
      { flags: '--after <message>', summary: 'continue after this message' },
    ],
    examples: [['waggle thread review-12', 'who said what']],
    load: async () => (await import('../commands/message.ts')).thread,
  },
  {
    name: 'search',
    group,
    summary: 'Finds messages whose subject or body hold all words, newest first.',
    args: [{ term: '<text>', summary: 'the words' }],
    options: [
      { flags: '--inbox <agent>', summary: 'only in this inbox', completes: 'agent' },
      { flags: '--limit <number>', summary: 'how many at most (default: 20)' },
    ],
    examples: [['waggle search "flaky test" --inbox reviewer', 'what the reviewer was told about it']],
    load: async () => (await import('../commands/message.ts')).search,
  },
];
