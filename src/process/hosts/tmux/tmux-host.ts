import { execFile } from 'node:child_process';
import { type Clock, sleep } from '../../../clock.ts';
import {
  isShim,
  judgeIdentity,
  nonceVariable,
  type ProcessTable,
  shimVariable,
  systemProcesses,
} from '../../identity.ts';
import { lookBeforeStart, sightingOf, startFailed, whenStarted } from '../../life-start.ts';
import type { ProcessExit, ProcessIdentity } from '../../process.ts';
import { leftoversOf, signalLife } from '../../process-group.ts';
import type {
  AgentSignal,
  Launch,
  Life,
  NudgeOutcome,
  ProcessHost,
  Sighting,
  SignalOutcome,
} from '../../process-host.ts';
import { RunFolder } from '../../run-folder.ts';
import { type Pane, paneOf } from './pane.ts';
import { nudgePane } from './pane-nudge.ts';
import { pipeCommand, type RunTmux, tmuxAt, versionObstacle } from './tmux-server.ts';

export interface TmuxHostOptions {
  /** The swarm's folder of agents. */
  readonly agents: string;
  /** Of this swarm's own tmux server; no other is ever spoken to. */
  readonly socket: string;
  /** The command line that runs `waggle shim`, up to and without `shim`. */
  readonly waggle: readonly string[];
  readonly clock: Clock;
  readonly table?: ProcessTable;
}

/** A pane that nobody looks at still has a size; wide enough that programs do not fold their lines. */
const columns = 200;
const rows = 50;
const keptLines = 10_000;
/** A program that wipes its environment cannot be seen to have taken its place; it is believed after this. */
const execMs = 2_000;
const lookEveryMs = 10;

/** Runs each agent in a tmux pane of its own: it has a terminal that people can open and a fixed line can be typed into. */
export class TmuxHost implements ProcessHost {
  readonly name = 'tmux';
  readonly #options: TmuxHostOptions;
  readonly #table: ProcessTable;
  readonly #tmux: RunTmux;
  /** One writer for each pane. */
  readonly #typing = new Map<string, Promise<NudgeOutcome>>();

  constructor(options: TmuxHostOptions) {
    this.#options = options;
    this.#table = options.table ?? systemProcesses;
    this.#tmux = tmuxAt(options.socket);
  }

  obstacle(): Promise<string | undefined> {
    return new Promise((resolve) => {
      execFile('tmux', ['-V'], (error, stdout) => resolve(versionObstacle(error === null ? stdout : undefined)));
    });
  }

  async launch(launch: Launch): Promise<ProcessIdentity> {
    const folder = this.#folder(launch);
    folder.writeLaunch(launch);
    const { waggle, clock } = this.#options;
    const shim = [...waggle, 'shim'];
    const target = `=${sessionOf(launch)}:`;
    const size = ['-d', '-x', String(columns), '-y', String(rows)];
    const marks = ['-e', `${nonceVariable}=${launch.nonce}`, '-e', `${shimVariable}=1`];
    const { ok, stderr } = await this.#tmux([
      ['start-server'],
      ['set-option', '-g', 'remain-on-exit', 'on'],
      ['set-option', '-g', 'history-limit', String(keptLines)],
      ['set-option', '-g', 'default-terminal', 'screen-256color'],
      // The first word of the pane's own command line is a program: tmux hands several words on without a shell.
      [
        'new-session',
        ...size,
        '-s',
        sessionOf(launch),
        '-n',
        launch.agent,
        ...marks,
        '--',
        ...shim,
        'exec',
        folder.path,
      ],
      ['set-option', '-p', '-t', target, '@waggle_nonce', launch.nonce],
      ['pipe-pane', '-O', '-t', target, pipeCommand([...shim, 'log', folder.path])],
    ]);
    if (!ok) {
      // A pane may be there all the same; it starts nothing after this.
      const isVoid = folder.claim(undefined);
      await this.#closePane(launch);
      if (isVoid) throw startFailed(launch, `tmux refused: ${stderr.trim()}`);
    }
    const identity = await whenStarted(folder, launch, clock, () => false);
    return this.#whenReplaced(identity, launch);
  }

  async look(life: Life): Promise<Sighting> {
    const folder = this.#folder(life);
    const end = folder.readEnd();
    if (end !== undefined) return sightingOf(end);
    const identity = folder.readStart()?.identity ?? life.identity;
    if (identity === undefined) return lookBeforeStart(folder, life, this.#table);
    const verdict = judgeIdentity(identity, life.nonce, this.#table);
    if (verdict === 'same') return { state: 'running', identity };
    if (verdict === 'unknown')
      return { state: 'unknown', reason: `whether pid ${identity.pid} is still it cannot be told` };
    const exit = await this.#exitOf(life);
    if (exit === undefined) return { state: 'running', identity }; // tmux is about to collect it
    // The pane goes with its server, or by somebody's hand; what it said of the end shall not.
    if (folder.exists) folder.recordEnd({ exit });
    return { state: 'ended', exit };
  }

  async signal(life: Life, signal: AgentSignal): Promise<SignalOutcome> {
    return signalLife(this.#identityOf(life), life.nonce, signal, this.#table);
  }

  async leftovers(life: Life): Promise<number> {
    return leftoversOf(this.#identityOf(life), life.nonce, this.#table).length;
  }

  async release(life: Life): Promise<void> {
    await this.#closePane(life);
    this.#folder(life).remove();
  }

  readonly attachCommand = (life: Life): readonly string[] => [
    'tmux',
    '-u',
    '-S',
    this.#options.socket,
    'attach-session',
    '-t',
    `=${sessionOf(life)}`,
  ];

  readonly nudge = (life: Life): Promise<NudgeOutcome> => {
    const before = this.#typing.get(life.nonce) ?? Promise.resolve();
    const typing = before.then(() =>
      nudgePane({
        tmux: this.#tmux,
        clock: this.#options.clock,
        findPane: () => paneOf(this.#tmux, life.nonce),
        isOurs: ({ pid }) => {
          const identity = this.#identityOf(life);
          return identity?.pid === pid && judgeIdentity(identity, life.nonce, this.#table) === 'same';
        },
      }),
    );
    this.#typing.set(life.nonce, typing);
    return typing.finally(() => {
      if (this.#typing.get(life.nonce) === typing) this.#typing.delete(life.nonce);
    });
  };

  #folder(life: Life): RunFolder {
    return RunFolder.of(this.#options.agents, life);
  }

  #identityOf(life: Life): ProcessIdentity | undefined {
    return this.#folder(life).readStart()?.identity ?? life.identity;
  }

  /** The mark of a shim leaves the environment with the program that takes its place. */
  async #whenReplaced(identity: ProcessIdentity, { nonce }: Launch): Promise<ProcessIdentity> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + execMs;
    while (clock.monotonic() < deadline) {
      // While one program takes the place of the other it has no environment at all.
      if (!isShim(identity.pid, this.#table) && judgeIdentity(identity, nonce, this.#table) !== 'unknown') break;
      await sleep(clock, lookEveryMs);
    }
    return identity;
  }

  /** Undefined while tmux has not collected the ended process yet. */
  async #exitOf({ nonce }: Life): Promise<ProcessExit | undefined> {
    const pane = await paneOf(this.#tmux, nonce);
    if (pane === undefined) return { reason: 'its terminal was closed, so nobody saw how it ended' };
    if (pane.exit !== undefined) return pane.exit;
    // tmux 3.3a sometimes leaves an ended child uncollected until another one ends (seen in one of ten): here is another.
    await this.#tmux([['run-shell', '-b', 'true']]);
    return (await paneOf(this.#tmux, nonce))?.exit;
  }

  async #closePane({ nonce }: Life): Promise<void> {
    const pane: Pane | undefined = await paneOf(this.#tmux, nonce);
    if (pane !== undefined) await this.#tmux([['kill-pane', '-t', pane.id]]);
  }
}

/** Unique to the life, and of letters and digits alone: tmux reads other characters in its own way. */
function sessionOf({ nonce }: Pick<Life, 'nonce'>): string {
  return `w${nonce.replaceAll(/[^a-z0-9]/gi, '').slice(0, 16)}`;
}
