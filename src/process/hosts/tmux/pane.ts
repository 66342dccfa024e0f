import { constants } from 'node:os';
import type { ProcessExit } from '../../process.ts';
import type { RunTmux } from './tmux-server.ts';

/** A pane of our own server, found by the nonce that was put on it when it was made. */
export interface Pane {
  readonly id: string;
  readonly pid: number;
  /** How its program ended; undefined while it lives, or tmux has not collected it yet. */
  readonly exit?: ProcessExit;
  /** It shows its history, and keys go there. */
  readonly isInMode: boolean;
  /** The program that has the terminal now. */
  readonly command: string;
}

/** No text of anybody's: only formats of tmux, separated by what none of their values holds. */
const format = [
  '#{@waggle_nonce}',
  '#{pane_id}',
  '#{pane_pid}',
  '#{pane_dead}',
  '#{pane_dead_status}',
  '#{pane_dead_signal}',
  '#{pane_in_mode}',
  '#{pane_current_command}',
].join(' ');

export async function paneOf(tmux: RunTmux, nonce: string): Promise<Pane | undefined> {
  const { ok, stdout } = await tmux([['list-panes', '-a', '-F', format]]);
  if (!ok) return undefined; // no server: no pane
  const line = stdout.split('\n').find((text) => text.startsWith(`${nonce} `));
  return line === undefined ? undefined : parsePane(line);
}

export function parsePane(line: string): Pane {
  // A command's name may hold spaces, so it is last; an empty value leaves two spaces.
  const [, id = '', pid, dead, status = '', signal = '', mode, ...command] = line.split(' ');
  const pane = {
    id,
    pid: Number(pid),
    isInMode: mode !== '0',
    command: command.join(' '),
  };
  if (dead !== '1' || (status === '' && signal === '')) return pane;
  return { ...pane, exit: signal === '' ? { code: Number(status) } : { signal: signalName(signal) } };
}

function signalName(number: string): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === Number(number));
  return found?.[0] ?? `signal ${number}`;
}
