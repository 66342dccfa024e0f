import type { CommandSpec } from '../command.ts';

const group = 'Hub';

export const auditCommands: readonly CommandSpec[] = [
  {
    name: 'audit list',
    group,
    summary: 'Shows who was refused what, and what the operator controlled.',
    options: [
      { flags: '--limit <n>', summary: 'how many rows (default: 100)' },
      { flags: '--before <row>', summary: 'only rows before this one' },
      { flags: '--actor <actor>', summary: 'only this agent, or operator', completes: 'agent' },
      { flags: '--outcome <outcome>', summary: 'only these', choices: ['done', 'refused', 'failed'] },
    ],
    examples: [
      ['waggle audit list --outcome refused', 'who tried what it may not'],
      ['waggle audit list --actor operator --limit 10', 'the latest purges, redrives, tokens …'],
    ],
    load: async () => (await import('../commands/audit.ts')).listAudit,
  },
  {
    name: 'audit verify',
    group,
    summary: 'Proves that no row of the audit log was changed, moved, taken out or cut off.',
    examples: [['waggle audit verify', 'exit 1 with each finding when one was']],
    load: async () => (await import('../commands/audit.ts')).verifyAudit,
  },
];
