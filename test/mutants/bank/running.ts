import { contracts, type Mutant, mutant, store } from '../mutant.ts';

const room = 'src/process';
const identity = `${room}/identity.test.ts`;
const supervisor = `${room}/supervisor.test.ts`;
const policy = `${room}/restart-policy.test.ts`;
const child = `${room}/hosts/child/child-host.test.ts`;
const tmux = `${room}/hosts/tmux/tmux-server.test.ts`;
const nudge = `${room}/hosts/tmux/pane-nudge.test.ts`;

export const running: readonly Mutant[] = [
  mutant(
    'a program is restarted once more than its limit',
    'G17',
    [`${room}/restart-policy.ts`, '.length >= max', '.length > max'],
    [policy],
  ),
  mutant(
    'a new hub forgets how often a program was restarted',
    'G17',
    [
      `${room}/supervisor.ts`,
      'decideRestart({ life, exit, history, now }',
      'decideRestart({ life, exit, history: [], now }',
    ],
    [supervisor],
  ),
  mutant(
    'a program that was stopped is restarted',
    'G17',
    [`${room}/restart-policy.ts`, `if (life.state === 'stopping')`, `if (life.state === 'starting')`],
    [policy],
  ),
  mutant(
    'a recycled pid is taken for the program',
    'G18',
    [`${room}/identity.ts`, `if (stat.startTime !== startTime) return 'other';`, ''],
    [identity],
  ),
  mutant(
    'a stranger is signalled for its number alone',
    'G18',
    [
      `${room}/identity.ts`,
      `if (startTime === '' || bootId === '' || currentBoot === '') return 'unknown';`,
      `return 'same';`,
    ],
    [child],
  ),
  mutant(
    'a program whose nonce is not seen is signalled',
    'G18',
    [`${room}/identity.ts`, `=== nonce ? 'same' : 'unknown'`, `=== nonce ? 'same' : 'same'`],
    [identity],
  ),
  mutant(
    'the end of a program nobody looked at is lost',
    'G19',
    [`${room}/hosts/child/child-host.ts`, 'if (end !== undefined) return sightingOf(end);', 'void end;'],
    [child],
    [[`${room}/hosts/child/child-host.ts`, 'if (lateEnd !== undefined) return sightingOf(lateEnd);', 'void lateEnd;']],
  ),
  mutant(
    'a program that began while its hub died is not adopted',
    'G19',
    [
      `${room}/supervisor.ts`,
      `if (sighting.state === 'running' && life.state === 'starting')`,
      'if (sighting === undefined)',
    ],
    [supervisor],
  ),
  mutant(
    'a second program is begun beside the first',
    'G19',
    [`${store}/process-rows.ts`, 'if (last !== undefined && isLive(last)) throw runsAlready(last);', ''],
    [contracts],
  ),
  mutant(
    'a word of a program ends a command of tmux',
    'S4',
    [`${room}/hosts/tmux/tmux-server.ts`, `word.endsWith(';') ?`, `word === ';;' ?`],
    [tmux],
  ),
  mutant(
    'the folder of a program is read as a format of tmux',
    'S4',
    [`${room}/hosts/tmux/tmux-server.ts`, `.replaceAll('#', '##')`, ''],
    [tmux],
  ),
  mutant(
    'a line is typed onto the draft of a program',
    'S4',
    [`${room}/hosts/tmux/pane-nudge.ts`, `if (!isEmptyPrompt(second.line))`, 'if (second.line === nudgeLine)'],
    [nudge],
  ),
  mutant(
    'Enter is pressed on a line the program does not show',
    'S4',
    [
      `${room}/hosts/tmux/pane-nudge.ts`,
      'if (!(await comesTrue(parts, pane, (line) => line.includes(nudgeLine))))',
      'if (pane.id === nudgeLine)',
    ],
    [nudge],
  ),
];
