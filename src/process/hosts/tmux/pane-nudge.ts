import { type Clock, sleep } from '../../../clock.ts';
import type { NudgeOutcome } from '../../process-host.ts';
import type { Pane } from './pane.ts';
import type { RunTmux } from './tmux-server.ts';

/** All that is ever typed: it says nothing of a message, so nothing of a peer's choosing reaches the terminal. */
export const nudgeLine = 'check your Waggle inbox';

export interface NudgeParts {
  readonly tmux: RunTmux;
  readonly clock: Clock;
  readonly findPane: () => Promise<Pane | undefined>;
  /** Whether the program in it is the one of the record, for certain. */
  readonly isOurs: (pane: Pane) => boolean;
}

/** A line would run as a command there. */
const shells = new Set([
  'sh',
  'bash',
  'dash',
  'zsh',
  'fish',
  'ksh',
  'mksh',
  'tcsh',
  'csh',
  'ash',
  'busybox',
  'nu',
  'pwsh',
]);
/** Between the two looks that must show the same screen. */
const stillMs = 300;
const echoMs = 1_500;
const lookEveryMs = 50;
/** Somebody who pressed a key this lately may be about to press the next. */
const personMs = 60_000;

/**
 * Types the one line and Enter into an agent's terminal, if everything says that its program waits for a line and nobody
 * is at it. What was typed is looked for on the screen before Enter is pressed, and after: what is not seen is
 * `uncertain`, and is never typed again by itself.
 */
export async function nudgePane(parts: NudgeParts): Promise<NudgeOutcome> {
  const { clock, tmux } = parts;
  const pane = await parts.findPane();
  const obstacle = obstacleOf(pane, parts) ?? (await personAt(pane, parts));
  if (pane === undefined || obstacle !== undefined) return refused(obstacle ?? 'it has no pane');
  const first = await lookAt(tmux, pane);
  await sleep(clock, stillMs);
  const second = await lookAt(tmux, pane);
  if (first === undefined || second === undefined) return refused('its screen cannot be read');
  if (first.text !== second.text) return refused('its screen is changing: it is at work');
  if (!isEmptyPrompt(second.line)) return refused('something stands on the line of the cursor');
  // Whatever happened during the looks: who it is, once more, in the moment before.
  const present = await parts.findPane();
  const late = present?.id === pane.id ? obstacleOf(present, parts) : 'its pane is gone';
  if (late !== undefined) return refused(late);
  const typed = await tmux([['send-keys', '-t', pane.id, '-l', '--', nudgeLine]]);
  if (!typed.ok) return uncertain('tmux did not say that it typed');
  if (!(await comesTrue(parts, pane, (line) => line.includes(nudgeLine)))) {
    return uncertain('the line was typed and is not on the screen; Enter was not pressed');
  }
  const entered = await tmux([['send-keys', '-t', pane.id, 'Enter']]);
  if (!entered.ok) return uncertain('tmux did not say that it pressed Enter');
  const isTaken = await comesTrue(parts, pane, (line) => !line.includes(nudgeLine));
  return isTaken ? { outcome: 'typed' } : uncertain('the line is still there after Enter');
}

function obstacleOf(pane: Pane | undefined, { isOurs }: NudgeParts): string | undefined {
  if (pane === undefined) return 'it has no pane';
  if (pane.exit !== undefined) return 'its program has ended';
  if (!isOurs(pane)) return 'whether the program in it is the agent cannot be told';
  if (pane.isInMode) return 'somebody reads its history';
  if (shells.has(pane.command)) return `a shell (${pane.command}) has its terminal: the line would run as a command`;
  return undefined;
}

/** Whoever only watches is not in the way. */
async function personAt(pane: Pane | undefined, { tmux, clock }: NudgeParts): Promise<string | undefined> {
  if (pane === undefined) return undefined;
  const { ok, stdout } = await tmux([['list-clients', '-t', pane.id, '-F', '#{client_activity} #{client_readonly}']]);
  if (!ok) return 'who has it open cannot be told';
  const lines = stdout.split('\n').filter((line) => line !== '');
  const isActive = lines.some((line) => {
    const [activity, readonly] = line.split(' ');
    return readonly !== '1' && clock.now() - Number(activity) * 1_000 < personMs;
  });
  return isActive ? 'a person is at its terminal' : undefined;
}

interface Look {
  readonly text: string;
  /** The one the cursor is on. */
  readonly line: string;
}

async function lookAt(tmux: RunTmux, { id }: Pane): Promise<Look | undefined> {
  const { ok, stdout } = await tmux([
    ['display-message', '-p', '-t', id, '#{cursor_x} #{cursor_y}'],
    ['capture-pane', '-p', '-t', id],
  ]);
  if (!ok) return undefined;
  const [cursor = '', ...lines] = stdout.split('\n');
  const row = Number(cursor.split(' ')[1]);
  return { text: stdout, line: lines[row] ?? '' };
}

/** Nothing but a prompt's mark, perhaps inside the frame of an input box. A hint or a draft beside it is not nothing. */
export function isEmptyPrompt(line: string): boolean {
  const inside = line.replaceAll(/^[\s│┃|▌]+|[\s│┃|▐]+$/gu, '');
  return /^[>❯›»]?$/u.test(inside);
}

async function comesTrue({ tmux, clock }: NudgeParts, pane: Pane, holds: (line: string) => boolean): Promise<boolean> {
  const deadline = clock.monotonic() + echoMs;
  for (;;) {
    const look = await lookAt(tmux, pane);
    if (look !== undefined && holds(look.line)) return true;
    if (clock.monotonic() >= deadline) return false;
    await sleep(clock, lookEveryMs);
  }
}

function refused(reason: string): NudgeOutcome {
  return { outcome: 'refused', reason };
}

function uncertain(reason: string): NudgeOutcome {
  return { outcome: 'uncertain', reason };
}
