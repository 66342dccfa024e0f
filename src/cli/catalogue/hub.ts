import type { CommandSpec } from '../command.ts';

const group = 'Hub';

export const hubCommands: readonly CommandSpec[] = [
  {
    name: 'up',
    group,
    summary: 'Runs the hub here until Ctrl-C; other commands start one in the background by themselves.',
    options: [
      { flags: '--port <port>', summary: 'port on 127.0.0.1 (default: 4747, or a free one when it is taken)' },
      {
        flags: '--store <store>',
        summary: 'where messages are kept; memory: nothing on disk, gone with the hub (default: sqlite)',
        choices: ['sqlite', 'memory'],
      },
      {
        flags: '--demo',
        summary: 'in a folder of its own: eight scripted agents at work, with a stall and a damaged file now and then',
      },
      { flags: '--no-open', summary: 'do not open a browser' },
      { flags: '--background', summary: 'as a client starts it: no words, its own log', hidden: true },
      { flags: '--idle-exit <duration>', summary: 'end when nobody was connected for this long', hidden: true },
      { flags: '--until-stdin-ends', summary: 'end with the program that holds the other end of stdin', hidden: true },
      { flags: '--clock-skew-file <file>', summary: 'add what this file says (ms) to the wall clock', hidden: true },
    ],
    details:
      'Prints the address of the dashboard, which signs a browser in once. --demo makes a swarm in a temporary folder, or in --dir\n' +
      'where there is none yet; its agents and the temporary folder end with it.',
    examples: [
      ['waggle up', 'prints where it listens'],
      ['waggle up --demo', 'a swarm to look at: every view of the dashboard is alive within a minute'],
    ],
    load: async () => (await import('../commands/up.ts')).up,
  },
  {
    name: 'demo-agent',
    group,
    summary: 'One agent of waggle up --demo, as the demo starts it.',
    args: [{ term: '<id>', summary: 'which one' }],
    options: [
      { flags: '--conductor <pid>', summary: 'the process that plays the demo: the agent ends with it' },
      { flags: '--temporary <folder>', summary: 'removed if the conductor could not do it' },
    ],
    examples: [['waggle demo-agent ada --conductor 4711 --dir DIR', 'the builder']],
    hidden: true,
    load: async () => (await import('../commands/demo-agent.ts')).demoAgent,
  },
  {
    name: 'status',
    group,
    summary: 'Says whether a hub runs, and where.',
    examples: [['waggle status --json', '{"pid","url","socket","dashboard",…}; exit 3 when none runs']],
    load: async () => (await import('../commands/status.ts')).status,
  },
  {
    name: 'down',
    group,
    summary: 'Stops the hub; messages stay where they are, and agents go on.',
    options: [{ flags: '--agents', summary: "end the agents' programs first" }],
    examples: [
      ['waggle down', 'finishes what it has accepted, then ends'],
      ['waggle down --agents', 'and every agent that Waggle runs'],
    ],
    load: async () => (await import('../commands/status.ts')).down,
  },
];
