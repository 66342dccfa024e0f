import { expect, test } from 'vitest';
import type { AgentProcess } from '../../process/process.ts';
import type { NudgeOutcome, ProcessHost } from '../../process/process-host.ts';
import { messageOf } from '../../testing/contracts/door-contract.ts';
import { tmuxDoor } from './tmux.ts';

const life: AgentProcess = {
  agent: 'ada',
  incarnation: 1,
  host: 'tmux',
  command: ['claude'],
  cwd: '/',
  policy: 'transient',
  cause: 'asked',
  nonce: 'n',
  state: 'running',
  createdAt: 0,
};

function doorFor(latest: AgentProcess | undefined, nudge?: NudgeOutcome) {
  const nudged: string[] = [];
  // The door asks nothing else of a host than its name and its nudge.
  const host = {
    name: 'tmux',
    ...(nudge === undefined
      ? {}
      : {
          async nudge({ agent }: { agent: string }) {
            nudged.push(agent);
            return nudge;
          },
        }),
  } as unknown as ProcessHost;
  return { door: tmuxDoor({ processes: { latest: async () => latest }, hosts: [host] }), nudged };
}

const at = { agent: 'ada', settings: {}, messages: [messageOf(1)], urgency: 'next-turn' } as const;
const signal = () => new AbortController().signal;

test.each([
  [{ outcome: 'typed' }, { result: 'injected' }],
  [
    { outcome: 'refused', reason: 'copy mode' },
    { result: 'refused', reason: 'copy mode' },
  ],
  [
    { outcome: 'uncertain', reason: 'no echo' },
    { result: 'uncertain', why: 'no echo' },
  ],
] as const)('a nudge that was %o is %o', async (nudge, outcome) => {
  const { door, nudged } = doorFor(life, nudge);
  expect(await door.look(at, 'next-turn')).toEqual({ open: true });
  expect(await door.deliver(at, signal())).toEqual(outcome);
  expect(nudged).toEqual(['ada']);
});

test('without a program, with one that ended, or one without a terminal, nothing is typed', async () => {
  for (const latest of [undefined, { ...life, state: 'exited' } as const]) {
    expect(await doorFor(latest, { outcome: 'typed' }).door.look(at, 'next-turn')).toMatchObject({ open: false });
  }
  const { door } = doorFor(life);
  expect(await door.look(at, 'next-turn')).toMatchObject({
    open: false,
    reason: expect.stringContaining('no terminal'),
  });
  expect(await door.deliver(at, signal())).toMatchObject({ result: 'refused' });
  expect(await doorFor(undefined, { outcome: 'typed' }).door.deliver(at, signal())).toMatchObject({
    result: 'refused',
  });
});
