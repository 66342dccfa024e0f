import type { CommandSpec } from '../command.ts';

const group = 'Rescue';

export const rescueCommands: readonly CommandSpec[] = [
  {
    name: 'recover',
    group,
    summary: 'Salvages every intact entry of damaged queue files.',
    args: [{ term: '<file...>', summary: 'legacy queue.json files, in any state of damage' }],
    options: [
      { flags: '--import', summary: 'bring the entries into the swarm; doing it twice adds nothing' },
      { flags: '--entries', summary: 'one line per entry: where it was and whether it is certain' },
    ],
    details:
      'A copy of each file is kept in quarantine before anything else, and the file itself is never written. Recovered entries\n' +
      'are those that are certain; ambiguous ones are reported and kept, but never delivered.',
    examples: [
      ['waggle recover queue.json', 'what can be saved; changes nothing'],
      ['waggle recover queue.json --import', 'and bring it into the swarm'],
      ['waggle recover *.json --entries --json', 'entry by entry, for a script'],
    ],
    load: async () => (await import('../commands/recover.ts')).recover,
  },
  {
    name: 'doctor',
    group,
    summary: 'Checks everything Waggle stands on and says what to do about what is wrong.',
    options: [{ flags: '--watch <file...>', summary: 'keep an eye on legacy queue files instead, read-only' }],
    examples: [
      ['waggle doctor', 'exit 1 when a check fails'],
      ['waggle doctor --watch queue.json', 'a line at every change, until interrupted'],
    ],
    load: async () => (await import('../commands/doctor.ts')).doctor,
  },
];
