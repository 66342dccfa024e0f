import type { CommandSpec } from '../command.ts';

const group = 'Missions';
const mission = { term: '<mission>', summary: 'id of the mission' } as const;

export const missionCommands: readonly CommandSpec[] = [
  {
    name: 'progress',
    group,
    summary: 'Reports how far an agent is: done units of all units.',
    args: [{ term: '<agent>', summary: 'whose work it is', completes: 'agent' }],
    options: [
      { flags: '--done <number>', summary: 'units that are done' },
      { flags: '--of <number>', summary: 'all units there are' },
      { flags: '--unit <name>', summary: 'a unit that is done, by its name; repeatable', repeats: true },
      { flags: '--mission <id>', summary: "which mission (default: the agent's open one)" },
      { flags: '--evidence <text>', summary: 'why it may be believed: a commit, a test run' },
      { flags: '--status <file>', summary: "read the numbers from a legacy agent's status.json" },
      { flags: '--back', summary: 'the work really went back; without it a smaller share is refused' },
    ],
    details:
      'The same report again changes nothing. An agent without a mission that reports numbers gets one of its own name. Only the\n' +
      'owner of a mission can move it: after a hand-off its former owner is refused.',
    examples: [
      ['waggle progress ada --done 3 --of 10', 'three of ten units'],
      ['waggle progress ada --mission parser --unit lexer --evidence "commit 4f2a, tests green"', 'a unit by its name'],
      ['waggle progress agent-1 --status agent_workspaces/Agent-1/status.json', 'what a legacy agent wrote down'],
    ],
    load: async () => (await import('../commands/progress.ts')).progress,
  },
  {
    name: 'mission add',
    group,
    summary: 'Gives an agent a mission: units of work, counted or named.',
    args: [mission, { term: '<owner>', summary: 'the agent that works on it', completes: 'agent' }],
    options: [
      { flags: '--units <number>', summary: 'how many units there are' },
      { flags: '--unit <name>', summary: 'a unit by its name, in the order of work; repeatable', repeats: true },
      { flags: '--title <text>', summary: 'what it is about' },
    ],
    examples: [
      ['waggle mission add parser ada --unit lexer --unit grammar --unit tests', 'three units with names'],
      ['waggle mission add migrate ada --units 40 --title "move the endpoints"', 'forty units, counted'],
    ],
    load: async () => (await import('../commands/mission.ts')).addMission,
  },
  {
    name: 'mission list',
    group,
    summary: 'Lists missions with owner and progress.',
    options: [{ flags: '--owner <agent>', summary: 'only those of this agent', completes: 'agent' }],
    examples: [['waggle mission list', 'the latest changed first']],
    load: async () => (await import('../commands/mission.ts')).listMissions,
  },
  {
    name: 'mission show',
    group,
    summary: 'Shows a mission, its units and what was reported.',
    args: [mission],
    options: [{ flags: '--limit <number>', summary: 'how many reports at most (default: 20)' }],
    examples: [['waggle mission show parser', 'units, progress and the evidence for it']],
    load: async () => (await import('../commands/mission.ts')).showMission,
  },
  {
    name: 'mission drop',
    group,
    summary: 'Ends a mission nobody works on any more; its reports stay.',
    args: [mission],
    examples: [['waggle mission drop parser', 'it takes no more progress']],
    load: async () => (await import('../commands/mission.ts')).dropMission,
  },
];
