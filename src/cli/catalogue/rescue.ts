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
  {
    name: 'backup',
    group,
    summary: 'Saves the whole store into one file while the hub goes on.',
    args: [{ term: '<file>', summary: 'where to; outside of the swarm directory' }],
    options: [{ flags: '--force', summary: 'replace a file of that name' }],
    details:
      'The file holds every message and event as they were at one moment. It appears under its name when it has been synced\n' +
      'and checked. It holds no token and no quarantined files. Works without a hub as well.',
    examples: [
      ['waggle backup ~/backups/swarm.db', 'size, messages and time taken'],
      ['waggle backup swarm.db --force --json', 'from a nightly job'],
    ],
    load: async () => (await import('../commands/backup.ts')).backup,
  },
  {
    name: 'restore',
    group,
    summary: 'Puts a backup in the place of the store; the replaced one is kept.',
    args: [{ term: '<file>', summary: 'made by waggle backup' }],
    options: [
      { flags: '--stop-hub', summary: 'stop the hub first instead of refusing while it runs' },
      { flags: '--force', summary: 'even when the backup is of another swarm than this directory' },
    ],
    details:
      'The backup is checked before anything is changed. The present store is set aside as replaced-TIME.db and never deleted.\n' +
      'Leases end: their messages are delivered again, and what a consumer still holds is refused with lease_lost.',
    examples: [
      ['waggle restore swarm.db --stop-hub', 'says what came after the backup and is not in it'],
      ['waggle restore swarm.db --dir new-place', 'into an empty folder'],
    ],
    load: async () => (await import('../commands/restore.ts')).restore,
  },
];
