import type { CommandSpec } from '../command.ts';

export const stressCommands: readonly CommandSpec[] = [
  {
    name: 'stress',
    group: 'Stress lab',
    summary: 'Sends and receives with real processes and accounts for every message by id.',
    args: [{ term: '<scenario>', summary: 'small (90 messages), medium (450), large (90,000), soak, or a JSON file' }],
    options: [
      { flags: '--agents <count>', summary: 'agents; each sends and has an inbox (default: 9)' },
      { flags: '--messages <count>', summary: 'send calls of each agent' },
      { flags: '--duration <duration>', summary: 'send until this time is over instead' },
      {
        flags: '--processes <count>',
        summary: 'processes that send, and as many that receive (default: one per agent)',
      },
      { flags: '--store <store>', summary: 'where the hub keeps messages', choices: ['memory', 'sqlite'] },
      { flags: '--target <target>', summary: 'legacy: the old queue file, which loses', choices: ['waggle', 'legacy'] },
      { flags: '--batch-size <count>', summary: 'messages asked for in one lease call' },
      { flags: '--in-flight <count>', summary: 'sends that an agent may have unanswered' },
      { flags: '--interval <duration>', summary: 'pause of a consumer between lease calls' },
      { flags: '--delay <duration>', summary: 'pause of an agent between sends' },
      { flags: '--payload <bytes>', summary: 'size of a body' },
      {
        flags: '--mix <weights>',
        summary: 'kinds, as direct=8,broadcast=1; also role, hard_onboard (urgent), soft_onboard',
      },
      { flags: '--success-rate <share>', summary: 'share of handler runs that ack, 0 to 1; the others nack' },
      { flags: '--latency <duration>', summary: 'how long a handler works on a message' },
      { flags: '--warm-up <count>', summary: 'messages each process sends to itself before the run begins' },
      { flags: '--lease-for <duration>', summary: 'length of a lease' },
      { flags: '--seed <number>', summary: 'the same seed sends the same messages and makes the same faults' },
      { flags: '--faults <kinds>', summary: 'of crash,torn,slow,full,clock,hub-kill, or all' },
      { flags: '--fault-every <duration>', summary: 'time between faults of a run by time (default: 5s)' },
      { flags: '--report <folder>', summary: 'write report.json and report.html there' },
      { flags: '--baseline <file>', summary: 'compare with an earlier report.json' },
      {
        flags: '--fail-on-regression <percent>',
        summary: 'exit 1 when something is that much worse than the baseline',
      },
      {
        flags: '--sweep <option=values>',
        summary: 'run once for each value, as batch-size=1,10,50,100, and print the factors',
        repeats: true,
      },
      { flags: '--live', summary: 'with --json also a line for each sample and each fault, before the result' },
      { flags: '--keep', summary: 'keep the folder of the run (a failed one is always kept)' },
    ],
    details:
      'Runs in a folder of its own with a hub of its own; a swarm of yours is never touched, and everything ends with it.\n' +
      'Exit 1 when any message was lost, altered, invented, or delivered again after its ack.',
    examples: [
      ['waggle stress small', '9 agents, 90 messages: the run in which the legacy queue lost 18'],
      [
        'waggle stress medium --faults all --seed 7',
        '450 messages across crashes, torn writes, a full disk and a killed hub',
      ],
      ['waggle stress large --report out', '90,000 messages; out/report.html has the plots'],
      ['waggle stress soak --duration 3m --faults crash,hub-kill', 'a fault every 5 s'],
      ['waggle stress small --target legacy', 'the algorithm that lost messages; exit 1 says the lab sees it'],
      ['waggle stress medium --sweep batch-size=1,10,50,100', 'what batching is worth here'],
    ],
    load: async () => (await import('../commands/stress.ts')).stress,
  },
];
