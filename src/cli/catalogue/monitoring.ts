import type { CommandSpec } from '../command.ts';

const group = 'Monitoring';
const id = { term: '<id>', summary: 'id of the alert' } as const;

export const monitoringCommands: readonly CommandSpec[] = [
  {
    name: 'health',
    group,
    summary: 'Shows every figure of health with its state, its limit and what to do.',
    options: [{ flags: '--bad', summary: 'only what is not good' }],
    details: 'Ends with 1 when something is bad. What each figure means is in docs/monitoring.md.',
    examples: [
      ['waggle health', 'one table'],
      ['waggle health --json', '{"ok","state","figures":[…],"sources":[…],"integrity":{…},"alerts":{…}} on one line'],
    ],
    load: async () => (await import('../commands/health.ts')).health,
  },
  {
    name: 'alerts list',
    group,
    summary: 'Lists alerts, newest first, and the silences that hold.',
    options: [
      { flags: '--state <state>', summary: 'only in this state', choices: ['firing', 'acknowledged', 'resolved'] },
      { flags: '--limit <number>', summary: 'at most so many (default: 100)' },
      { flags: '--after <id>', summary: 'continue after this alert' },
    ],
    examples: [['waggle alerts list --state firing', 'what nobody has taken on yet']],
    load: async () => (await import('../commands/alerts.ts')).list,
  },
  {
    name: 'alerts ack',
    group,
    summary: 'Says that you know of an alert; it stays open until its cause is gone.',
    args: [id],
    examples: [['waggle alerts ack alt_0123456789abcdef', 'it shows as acknowledged, with your name']],
    load: async () => (await import('../commands/alerts.ts')).ack,
  },
  {
    name: 'alerts resolve',
    group,
    summary: 'Ends an alert by hand; when its cause goes on, it fires anew.',
    args: [id],
    examples: [['waggle alerts resolve alt_0123456789abcdef', 'e.g. when the damaged file was thrown away']],
    load: async () => (await import('../commands/alerts.ts')).resolve,
  },
  {
    name: 'alerts silence',
    group,
    summary: 'Tells nobody of some alerts for a while; they are kept all the same, and told when it ends.',
    args: [{ term: '[rule]', summary: 'alerts of this rule: waggle alerts rules' }],
    options: [
      { flags: '--for <duration>', summary: 'how long, at most 7d (default: 1h)' },
      { flags: '--subject <name>', summary: 'only about this agent or file' },
      { flags: '--all', summary: 'every alert there is' },
      { flags: '--reason <text>', summary: 'why, for others who look' },
      { flags: '--end <id>', summary: 'end this silence instead' },
    ],
    examples: [
      [
        'waggle alerts silence idle-unread --for 2h --subject bob --reason "on holiday"',
        'nothing about bob until then',
      ],
      ['waggle alerts silence --end sil_0123456789abcdef', 'alerts are told again'],
    ],
    load: async () => (await import('../commands/alerts.ts')).silence,
  },
  {
    name: 'alerts rules',
    group,
    summary: 'Lists the rules alerts are made by, and what each has found.',
    details: 'They are changed in .waggle/config.json (docs/monitoring.md).',
    examples: [['waggle alerts rules', 'figure, limits, how long it has to last, severity']],
    load: async () => (await import('../commands/alerts.ts')).rules,
  },
];
